package parley.sysv;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;

/// Says how many bytes a call allocates that does not wait; in a JVM without planted faults, since
/// looking for one allocates.
final class Allocations {
    private static final int CALLS = 20_000;
    private static final int ATTEMPTS_MAX = 100;

    private Allocations() {}

    private interface Action {
        void run() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        try (var queue = SysvMessageQueue.createPrivate();
                var set = SysvSemaphoreSet.createPrivate(1, 0);
                var arena = Arena.ofConfined()) {
            var text = arena.allocate(100);
            var which = MessageSelector.exactly(1);
            var semaphore = set.semaphore(0);
            var both = set.operations().acquire(0).undo().release(1);
            var back = set.operations().release(0).undo().acquire(1);
            try {
                report(
                        "queue",
                        () -> {
                            queue.send(1, text);
                            var _ = queue.receive(text, which);
                        });
                report(
                        "semaphore",
                        () -> {
                            semaphore.acquire();
                            semaphore.release();
                        });
                report(
                        "operations",
                        () -> {
                            both.perform();
                            back.perform();
                        });
            } finally {
                queue.remove();
                set.remove();
            }
        }
    }

    /// The compiler has to have seen the calls before they are free of garbage; it decides when.
    private static void report(String name, Action action) throws Exception {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int attempt = 0; attempt < ATTEMPTS_MAX && least >= CALLS; attempt++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS; i++) {
                action.run();
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        System.out.println(name + " " + least / CALLS);
    }
}
