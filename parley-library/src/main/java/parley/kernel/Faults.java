package parley.kernel;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/// Makes the N-th call of a C function fail, so that tests can show what happens then.
///
/// Works only in a JVM started with `-Dparley.faults=true`; in any other the check is a constant
/// that the compiler drops.
public final class Faults {
    static final boolean ACTIVE = Boolean.getBoolean("parley.faults");

    private static final Fault[] NONE = {};

    // Replaced and never changed, so that a call can look at it without an allocation.
    private static volatile Fault[] planted = NONE;

    private Faults() {}

    /// One planted fault; ends when closed. Faults of one name apply one after the other.
    public static final class Fault implements AutoCloseable {
        private final String function;
        private final int errno;
        private final Runnable before;
        private final AtomicInteger callsLeft;

        private Fault(String function, int nth, int errno, Runnable before) {
            this.function = function;
            this.errno = errno;
            this.before = before;
            this.callsLeft = new AtomicInteger(nth);
        }

        /// True once the call it waited for was made.
        public boolean happened() {
            return callsLeft.get() <= 0;
        }

        @Override
        public void close() {
            uproot(this);
        }
    }

    /// Makes the `nth` call (from 1) of `function` from now on return `-errno` without being made.
    ///
    /// @throws IllegalStateException if this JVM was not started for faults
    public static Fault fail(String function, int nth, int errno) {
        return plant(new Fault(function, nth, errno, () -> {}));
    }

    /// Runs `action` in the calling thread just before the `nth` call of `function`, which is made.
    public static Fault before(String function, int nth, Runnable action) {
        return plant(new Fault(function, nth, 0, action));
    }

    private static Fault plant(Fault fault) {
        if (!ACTIVE) {
            throw new IllegalStateException("not started with -Dparley.faults=true");
        }
        synchronized (Faults.class) {
            var more = Arrays.copyOf(planted, planted.length + 1);
            more[planted.length] = fault;
            planted = more;
        }
        return fault;
    }

    private static synchronized void uproot(Fault fault) {
        planted = Arrays.stream(planted).filter(other -> other != fault).toArray(Fault[]::new);
    }

    /// The errno that this call of `function` shall return, or 0 if it shall be made.
    static int next(String function) {
        for (var fault : planted) {
            if (fault.function.equals(function) && fault.callsLeft.decrementAndGet() == 0) {
                fault.before.run();
                return fault.errno;
            }
        }
        return 0;
    }
}
