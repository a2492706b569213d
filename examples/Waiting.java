import module parley;

/// Five ways out of a call that waits; the last one is another process's. See docs/waiting.md.
void main() throws Exception {
    try (var queue = SysvMessageQueue.createPrivate()) {
        var which = MessageSelector.ANY;
        IO.println("never waits:  " + queue.tryReceive(which));
        IO.println("in 10 ms:     " + queue.receive(which, Duration.ofMillis(10)));

        var interrupted = start("interrupted:  ", () -> queue.receive(which));
        interrupted.interrupt();
        interrupted.join();

        var second = SysvMessageQueue.openById(queue.id());
        var closed = start("closed:       ", () -> second.receive(which));
        second.close();
        closed.join();

        var removed = start("removed:      ", () -> queue.receive(which));
        new ProcessBuilder("ipcrm", "-q", "" + queue.id()).inheritIO().start().waitFor();
        removed.join();
    }
}

/// A virtual thread that makes a call and says how it ended; it waits by now.
Thread start(String words, Callable<?> call) {
    var thread =
            Thread.ofVirtual()
                    .start(() -> {
                        try {
                            IO.println(words + call.call());
                        } catch (Exception e) {
                            IO.println(words + e.getClass().getSimpleName());
                        }
                    });
    while (thread.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
    }
    return thread;
}
