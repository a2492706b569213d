package parley.ready;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Things to be done at a later moment, none of which waits: one thread does them all.
///
/// The thread is started with the first of them.
final class Alarms {
    private static final ScheduledThreadPoolExecutor SCHEDULER =
            new ScheduledThreadPoolExecutor(
                    1,
                    Thread.ofPlatform()
                            .daemon()
                            .inheritInheritableThreadLocals(false)
                            .name("parley-alarms")
                            .factory());

    static {
        // Else one that is cancelled, as most deadlines are, stays until its moment comes.
        SCHEDULER.setRemoveOnCancelPolicy(true);
    }

    private Alarms() {}

    static Future<?> after(long nanos, Runnable action) {
        return SCHEDULER.schedule(action, nanos, TimeUnit.NANOSECONDS);
    }

    /// How many are still to come.
    static int pending() {
        return SCHEDULER.getQueue().size();
    }
}
