package parley.kernel;

import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<semaphore.h>`. See sem_overview(7). A `sem_t` is opaque; one that is in memory of the caller
/// stays there during a call, one of sem_open(3) is a bare address.
@Header({"semaphore.h", "limits.h"})
public final class Semaphore {
    public static final int SEM_VALUE_MAX = Integer.MAX_VALUE;

    /// `sem_t`: opaque, the same size on every platform.
    public static final StructLayout SEM_T =
            structLayout(paddingLayout(32)).withByteAlignment(8).withName("sem_t");

    private static final Function SEM_INIT = Function.of("sem_init");
    private static final Function SEM_DESTROY = Function.of("sem_destroy");
    private static final Function SEM_OPEN = Function.of("sem_open");
    private static final Function SEM_CLOSE = Function.of("sem_close");
    private static final Function SEM_UNLINK = Function.of("sem_unlink");
    private static final Function SEM_POST = Function.of("sem_post");
    private static final Function SEM_WAIT = Function.of("sem_wait");
    private static final Function SEM_TRYWAIT = Function.of("sem_trywait");
    private static final Function SEM_CLOCKWAIT = Function.of("sem_clockwait");
    private static final Function SEM_GETVALUE = Function.of("sem_getvalue");

    private Semaphore() {}

    /// `int sem_init(sem_t *, int pshared, unsigned value)`, of several processes.
    public static int sem_init(MemorySegment sem, int value) {
        int pshared = 1;
        var second = MemorySegment.ofAddress(pshared);
        return SEM_INIT.pass(sem.address(), second, value, 0, 0, sem);
    }

    /// `int sem_destroy(sem_t *)`
    public static int sem_destroy(MemorySegment sem) {
        return keeping(SEM_DESTROY, sem);
    }

    /// `sem_t *sem_open(const char *name, int flags, mode_t mode, unsigned value)`: an address or
    /// `-errno`.
    public static long sem_open(MemorySegment name, int flags, int mode, int value) {
        return SEM_OPEN.callPointer(name.address(), flags, mode, value);
    }

    /// `int sem_close(sem_t *)`
    public static int sem_close(long sem) {
        return SEM_CLOSE.call(sem);
    }

    /// `int sem_unlink(const char *name)`
    public static int sem_unlink(MemorySegment name) {
        return SEM_UNLINK.call(name.address());
    }

    /// `int sem_post(sem_t *)`
    public static int sem_post(MemorySegment sem) {
        return keeping(SEM_POST, sem);
    }

    /// `int sem_wait(sem_t *)`: waits; never restarted after a handler without SA_RESTART.
    public static int sem_wait(MemorySegment sem) {
        return keeping(SEM_WAIT, sem);
    }

    /// `int sem_trywait(sem_t *)`
    public static int sem_trywait(MemorySegment sem) {
        return keeping(SEM_TRYWAIT, sem);
    }

    /// `int sem_clockwait(sem_t *, clockid_t, const struct timespec *end)`: waits until an absolute
    /// time.
    public static int sem_clockwait(MemorySegment sem, int clock, MemorySegment end) {
        var second = MemorySegment.ofAddress(clock); // a register is a register
        return SEM_CLOCKWAIT.pass(sem.address(), second, end.address(), 0, 0, sem);
    }

    /// `int sem_getvalue(sem_t *, int *value)`
    public static int sem_getvalue(MemorySegment sem, MemorySegment value) {
        return SEM_GETVALUE.pass(sem.address(), value, 0, 0, 0, sem);
    }

    /// Its memory is a second argument too, which the function does not look at, and which keeps it
    /// from being freed meanwhile.
    private static int keeping(Function function, MemorySegment sem) {
        return function.pass(sem.address(), sem, 0, 0, 0);
    }
}
