package parley.kernel;

import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<semaphore.h>`. See sem_overview(7). A `sem_t` is opaque; here it goes by its address, which
/// the caller keeps mapped.
@Header({"semaphore.h", "limits.h"})
public final class Semaphore {
    public static final int SEM_VALUE_MAX = Integer.MAX_VALUE;

    /// `sem_t`: opaque, the same size on every platform.
    public static final StructLayout SEM_T =
            structLayout(paddingLayout(32)).withByteAlignment(8).withName("sem_t");

    private static final Function SEM_OPEN = Function.of("sem_open");
    private static final Function SEM_CLOSE = Function.of("sem_close");
    private static final Function SEM_UNLINK = Function.of("sem_unlink");
    private static final Function SEM_POST = Function.of("sem_post");
    private static final Function SEM_WAIT = Function.of("sem_wait");
    private static final Function SEM_TRYWAIT = Function.of("sem_trywait");
    private static final Function SEM_CLOCKWAIT = Function.of("sem_clockwait");
    private static final Function SEM_GETVALUE = Function.of("sem_getvalue");

    private Semaphore() {}

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
    public static int sem_post(long sem) {
        return SEM_POST.call(sem);
    }

    /// `int sem_wait(sem_t *)`: waits; never restarted after a handler without SA_RESTART.
    public static int sem_wait(long sem) {
        return SEM_WAIT.call(sem);
    }

    /// `int sem_trywait(sem_t *)`
    public static int sem_trywait(long sem) {
        return SEM_TRYWAIT.call(sem);
    }

    /// `int sem_clockwait(sem_t *, clockid_t, const struct timespec *end)`: waits until an absolute
    /// time.
    public static int sem_clockwait(long sem, int clock, MemorySegment end) {
        return SEM_CLOCKWAIT.call(sem, clock, end.address());
    }

    /// `int sem_getvalue(sem_t *, int *value)`
    public static int sem_getvalue(long sem, MemorySegment value) {
        return SEM_GETVALUE.call(sem, value.address());
    }
}
