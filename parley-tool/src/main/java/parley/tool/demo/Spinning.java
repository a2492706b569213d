package parley.tool.demo;

/// How a thread passes the time that looks again and again: at full speed for some microseconds,
/// and then giving its processor to others between two looks.
final class Spinning {
    private static final int SPINS = 200;

    private Spinning() {}

    /// Called between two looks.
    ///
    /// @param looks how many there were
    /// @throws InterruptedException if the thread was interrupted
    @SuppressWarnings("ThreadPriorityCheck") // yielding is the point
    static void pause(int looks) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (looks < SPINS) {
            Thread.onSpinWait();
        } else {
            Thread.yield();
        }
    }
}
