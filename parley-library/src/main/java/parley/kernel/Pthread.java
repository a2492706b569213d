package parley.kernel;

import java.lang.foreign.MemorySegment;

/// `<pthread.h>`: mutexes. Its functions return an error number, 0 for success. A `pthread_mutex_t`
/// is opaque and of another size on each platform; one that is in memory of the caller stays there
/// during a call.
@Header("pthread.h")
public final class Pthread {
    public static final int PTHREAD_PROCESS_SHARED = 1;
    public static final int PTHREAD_MUTEX_ROBUST = 1;
    public static final int PTHREAD_MUTEX_RECURSIVE = 1;
    public static final int PTHREAD_MUTEX_ERRORCHECK = 2;

    private static final Function ATTRIBUTES_INIT = Function.of("pthread_mutexattr_init");
    private static final Function ATTRIBUTES_DESTROY = Function.of("pthread_mutexattr_destroy");
    private static final Function SETPSHARED = Function.of("pthread_mutexattr_setpshared");
    private static final Function SETROBUST = Function.of("pthread_mutexattr_setrobust");
    private static final Function SETTYPE = Function.of("pthread_mutexattr_settype");
    private static final Function INIT = Function.of("pthread_mutex_init");
    private static final Function CLOCKLOCK = Function.of("pthread_mutex_clocklock");
    private static final Function UNLOCK = Function.of("pthread_mutex_unlock");
    private static final Function CONSISTENT = Function.of("pthread_mutex_consistent");

    private Pthread() {}

    /// `int pthread_mutexattr_init(pthread_mutexattr_t *)`
    public static int pthread_mutexattr_init(MemorySegment attributes) {
        return keeping(ATTRIBUTES_INIT, attributes);
    }

    /// `int pthread_mutexattr_destroy(pthread_mutexattr_t *)`
    public static int pthread_mutexattr_destroy(MemorySegment attributes) {
        return keeping(ATTRIBUTES_DESTROY, attributes);
    }

    /// `int pthread_mutexattr_setpshared(pthread_mutexattr_t *, int)`
    public static int pthread_mutexattr_setpshared(MemorySegment attributes, int shared) {
        return SETPSHARED.call(attributes.address(), shared);
    }

    /// `int pthread_mutexattr_setrobust(pthread_mutexattr_t *, int)`
    public static int pthread_mutexattr_setrobust(MemorySegment attributes, int robust) {
        return SETROBUST.call(attributes.address(), robust);
    }

    /// `int pthread_mutexattr_settype(pthread_mutexattr_t *, int)`
    public static int pthread_mutexattr_settype(MemorySegment attributes, int type) {
        return SETTYPE.call(attributes.address(), type);
    }

    /// `int pthread_mutex_init(pthread_mutex_t *, const pthread_mutexattr_t *)`
    public static int pthread_mutex_init(MemorySegment mutex, MemorySegment attributes) {
        return INIT.pass(mutex.address(), attributes, 0, 0, 0, mutex);
    }

    /// `int pthread_mutex_clocklock(pthread_mutex_t *, clockid_t, const struct timespec *end)`:
    /// waits until an absolute time, and no signal ends that.
    public static int pthread_mutex_clocklock(MemorySegment mutex, int clock, long absoluteNanos) {
        var end = Time.acquireTimespec(absoluteNanos);
        try {
            var second = MemorySegment.ofAddress(clock); // a register is a register
            return CLOCKLOCK.pass(mutex.address(), second, end.address(), 0, 0, mutex);
        } finally {
            Time.release(end);
        }
    }

    /// `int pthread_mutex_unlock(pthread_mutex_t *)`
    public static int pthread_mutex_unlock(MemorySegment mutex) {
        return keeping(UNLOCK, mutex);
    }

    /// `int pthread_mutex_consistent(pthread_mutex_t *)`
    public static int pthread_mutex_consistent(MemorySegment mutex) {
        return keeping(CONSISTENT, mutex);
    }

    private static int keeping(Function function, MemorySegment memory) {
        return function.pass(memory.address(), memory, 0, 0, 0);
    }
}
