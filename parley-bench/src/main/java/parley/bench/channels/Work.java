package parley.bench.channels;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/// What a process does with its ends; `channels.c` does the same.
///
/// @param spins how often to look again before the processor is given up
record Work(ChannelEnds ends, Cargo cargo, int spins) {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static long allocated() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }

    private void sendOne(long number) throws Exception {
        cargo.number(number);
        for (int turn = 0; !ends.trySend(); turn++) {
            waitALittle(turn);
        }
    }

    private int receiveSome() throws Exception {
        int taken = ends.receive();
        for (int turn = 0; taken == 0; turn++) {
            waitALittle(turn);
            taken = ends.receive();
        }
        return taken;
    }

    @SuppressWarnings("ThreadPriorityCheck") // the other one may need this processor
    private void waitALittle(int turn) {
        if (turn < spins) {
            Thread.onSpinWait();
        } else {
            Thread.yield();
        }
    }

    /// A sender: messages there and back.
    ///
    /// @return the nanoseconds of each
    long[] trips(int count) throws Exception {
        var nanos = new long[count];
        cargo.expect(count);
        for (int i = 0; i < count; i++) {
            long start = System.nanoTime();
            sendOne(i);
            int _ = receiveSome();
            nanos[i] = System.nanoTime() - start;
        }
        return nanos;
    }

    /// A receiver: sends back what comes.
    void echo(int count) throws Exception {
        cargo.expect(count);
        for (int i = 0; i < count; i++) {
            int _ = receiveSome();
            sendOne(i);
        }
    }

    /// A sender: messages one after the other.
    ///
    /// @return the bytes that this thread has allocated meanwhile
    long send(int count) throws Exception {
        long before = allocated();
        for (int i = 0; i < count; i++) {
            sendOne(i);
        }
        return allocated() - before;
    }

    /// A receiver: all of so many messages of each sender. The clock starts when the first are
    /// there.
    ///
    /// @return nanoseconds, messages in them, messages lost, and bytes allocated
    long[] receive(int count) throws Exception {
        cargo.expect(count);
        long before = allocated();
        int _ = receiveSome();
        long received = 0;
        long start = System.nanoTime();
        while (cargo.isWaiting()) {
            received += receiveSome();
        }
        long nanos = System.nanoTime() - start;
        return new long[] {nanos, received, cargo.lost(), allocated() - before};
    }
}
