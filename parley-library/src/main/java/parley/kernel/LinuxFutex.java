package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<linux/futex.h>`. See futex(2), futex(7).
///
/// Nothing of `FUTEX_PRIVATE_FLAG`: a private wait and a shared wake do not meet.
@Header({"time.h", "linux/futex.h"})
public final class LinuxFutex {
    public static final int FUTEX_WAIT = 0;
    public static final int FUTEX_WAKE = 1;
    public static final int FUTEX_REQUEUE = 3;
    public static final int FUTEX_CMP_REQUEUE = 4;
    public static final int FUTEX_WAKE_OP = 5;
    public static final int FUTEX_WAIT_BITSET = 9;
    public static final int FUTEX_WAKE_BITSET = 10;
    public static final int FUTEX_CLOCK_REALTIME = 256;
    public static final long FUTEX_BITSET_MATCH_ANY = 0xFFFFFFFFL; // unsigned in C

    /// How [#FUTEX_WAKE_OP] changes the second word, in bits 28 to 30.
    public static final int FUTEX_OP_SET = 0;

    public static final int FUTEX_OP_ADD = 1;
    public static final int FUTEX_OP_OR = 2;
    public static final int FUTEX_OP_ANDN = 3;
    public static final int FUTEX_OP_XOR = 4;

    /// In bit 31: the operand is a power of two.
    public static final int FUTEX_OP_OPARG_SHIFT = 8;

    /// How it compares what was there before, in bits 24 to 27.
    public static final int FUTEX_OP_CMP_EQ = 0;

    public static final int FUTEX_OP_CMP_NE = 1;
    public static final int FUTEX_OP_CMP_LT = 2;
    public static final int FUTEX_OP_CMP_LE = 3;
    public static final int FUTEX_OP_CMP_GT = 4;
    public static final int FUTEX_OP_CMP_GE = 5;

    /// The size of a word, for futex_waitv(2) and io_uring(7); later headers say FUTEX2_SIZE_U32.
    public static final int FUTEX_32 = 2;

    public static final int FUTEX_WAITV_MAX = 128;

    /// `struct futex_waitv`: one of the words of [#futex_waitv].
    public static final StructLayout FUTEX_WAITV =
            structLayout(
                            JAVA_LONG.withName("val"),
                            JAVA_LONG.withName("uaddr"),
                            JAVA_INT.withName("flags"),
                            paddingLayout(4)) // must be 0
                    .withName("futex_waitv");

    public static final long VAL = FUTEX_WAITV.byteOffset(groupElement("val"));
    public static final long UADDR = FUTEX_WAITV.byteOffset(groupElement("uaddr"));
    public static final long FLAGS = FUTEX_WAITV.byteOffset(groupElement("flags"));

    /// In a word on a robust list: somebody waits for it.
    public static final long FUTEX_WAITERS = 0x80000000L; // unsigned in C

    /// Set by the kernel when the thread of [#FUTEX_TID_MASK] has ended.
    public static final int FUTEX_OWNER_DIED = 0x40000000;

    public static final int FUTEX_TID_MASK = 0x3fffffff;

    /// `struct robust_list_head`: the words that the kernel marks when a thread ends. See
    /// get_robust_list(2).
    public static final StructLayout ROBUST_LIST_HEAD =
            structLayout(
                            JAVA_LONG.withName("list"), // the first node, each of one pointer
                            JAVA_LONG.withName("futex_offset"), // from a node to its word
                            JAVA_LONG.withName("list_op_pending"))
                    .withName("robust_list_head");

    public static final long LIST = ROBUST_LIST_HEAD.byteOffset(groupElement("list"));
    public static final long FUTEX_OFFSET =
            ROBUST_LIST_HEAD.byteOffset(groupElement("futex_offset"));

    private static final Function FUTEX = Function.ofSystemCall("futex", Abi.HOST.SYS_futex());
    private static final Function WAITV =
            Function.ofSystemCall("futex_waitv", SysSyscall.SYS_futex_waitv);

    private static final Function SET_ROBUST_LIST =
            Function.ofSystemCall("set_robust_list", Abi.HOST.SYS_set_robust_list());

    private LinuxFutex() {}

    /// `long futex(uint32_t *word, int operation, uint32_t value, const struct timespec *timeout,
    /// uint32_t *word2, uint32_t value3)`; some operations take a number, `value2`, as `timeout`.
    public static int futex(
            long word, int operation, int value, long timeout, long word2, int value3) {
        return FUTEX.system(word, operation, value, timeout, word2, value3);
    }

    /// The same for an operation that ends at a time, in nanoseconds of its clock.
    public static int futexUntil(
            long word, int operation, int value, long absoluteNanos, int value3) {
        var timespec = Time.acquireTimespec(absoluteNanos);
        try {
            return futex(word, operation, value, timespec.address(), 0, value3);
        } finally {
            Time.release(timespec);
        }
    }

    /// `long set_robust_list(struct robust_list_head *head, size_t size)`, of the calling thread.
    /// It must stay where it is until the thread ends or has another; libc's own is replaced.
    public static int set_robust_list(MemorySegment head) {
        long bytes = ROBUST_LIST_HEAD.byteSize();
        return SET_ROBUST_LIST.system(head.address(), bytes, 0, 0, 0, 0);
    }

    /// `long futex_waitv(struct futex_waitv *, unsigned count, unsigned flags, struct timespec
    /// *absolute, clockid_t)`: Linux 5.16, else `-ENOSYS`.
    public static int futex_waitv(
            MemorySegment waiters, int count, MemorySegment absolute, int clock) {
        return WAITV.system(waiters.address(), count, 0, absolute.address(), clock, 0);
    }
}
