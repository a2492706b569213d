package parley.channel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import parley.kernel.Faults;

/// Counts what a thread asks of the kernel.
final class Calls {
    private static final int CALLS_MAX = 50;

    private Calls() {}

    /// Counts the calls of a function that this thread makes, of the next ones of the process.
    static List<Faults.Fault> counting(String function, AtomicInteger calls) {
        var caller = Thread.currentThread();
        var faults = new ArrayList<Faults.Fault>();
        for (int i = 0; i < CALLS_MAX; i++) {
            faults.add(
                    Faults.before(
                            function,
                            1, // after those planted before
                            () -> calls.addAndGet(Thread.currentThread().equals(caller) ? 1 : 0)));
        }
        return faults;
    }
}
