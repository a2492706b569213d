package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<linux/io_uring.h>`. See io_uring(7).
@Header({"stdint.h", "linux/io_uring.h"})
public final class LinuxIoUring {
    public static final int IORING_SETUP_CQSIZE = 1 << 3;
    public static final int IORING_SETUP_SINGLE_ISSUER = 1 << 12;
    public static final int IORING_SETUP_DEFER_TASKRUN = 1 << 13;
    public static final int IORING_ENTER_GETEVENTS = 1;
    public static final int IORING_REGISTER_PROBE = 8;
    public static final int IO_URING_OP_SUPPORTED = 1;
    public static final int IORING_OP_ASYNC_CANCEL = 14;
    public static final int IORING_OP_FUTEX_WAIT = 51;

    /// Offsets for mmap(2) of the ring's descriptor.
    public static final long IORING_OFF_SQ_RING = 0;

    public static final long IORING_OFF_SQES = 0x10000000;

    /// Where the submission queue's parts are in the mapped ring.
    public static final StructLayout IO_SQRING_OFFSETS =
            structLayout(
                            JAVA_INT.withName("head"),
                            JAVA_INT.withName("tail"),
                            JAVA_INT.withName("ring_mask"),
                            JAVA_INT.withName("ring_entries"),
                            JAVA_INT.withName("flags"),
                            JAVA_INT.withName("dropped"),
                            JAVA_INT.withName("array"),
                            paddingLayout(12))
                    .withByteAlignment(Long.BYTES)
                    .withName("io_sqring_offsets");

    /// Where the completion queue's parts are in the mapped ring.
    public static final StructLayout IO_CQRING_OFFSETS =
            structLayout(
                            JAVA_INT.withName("head"),
                            JAVA_INT.withName("tail"),
                            JAVA_INT.withName("ring_mask"),
                            JAVA_INT.withName("ring_entries"),
                            JAVA_INT.withName("overflow"),
                            JAVA_INT.withName("cqes"),
                            JAVA_INT.withName("flags"),
                            paddingLayout(12))
                    .withByteAlignment(Long.BYTES)
                    .withName("io_cqring_offsets");

    /// `struct io_uring_params`: what a ring shall be, then what it is.
    public static final StructLayout IO_URING_PARAMS =
            structLayout(
                            JAVA_INT.withName("sq_entries"),
                            JAVA_INT.withName("cq_entries"),
                            JAVA_INT.withName("flags"),
                            JAVA_INT.withName("sq_thread_cpu"),
                            JAVA_INT.withName("sq_thread_idle"),
                            JAVA_INT.withName("features"),
                            JAVA_INT.withName("wq_fd"),
                            paddingLayout(12),
                            IO_SQRING_OFFSETS.withName("sq_off"),
                            IO_CQRING_OFFSETS.withName("cq_off"))
                    .withName("io_uring_params");

    public static final long SQ_ENTRIES = params("sq_entries");
    public static final long CQ_ENTRIES = params("cq_entries");
    public static final long PARAMS_FLAGS = params("flags");
    public static final long SQ_OFF_HEAD = params("sq_off", "head");
    public static final long SQ_OFF_TAIL = params("sq_off", "tail");
    public static final long SQ_OFF_RING_MASK = params("sq_off", "ring_mask");
    public static final long SQ_OFF_ARRAY = params("sq_off", "array");
    public static final long CQ_OFF_HEAD = params("cq_off", "head");
    public static final long CQ_OFF_TAIL = params("cq_off", "tail");
    public static final long CQ_OFF_RING_MASK = params("cq_off", "ring_mask");
    public static final long CQ_OFF_CQES = params("cq_off", "cqes");

    /// `struct io_uring_sqe`: an operation that is asked for.
    public static final StructLayout IO_URING_SQE =
            structLayout(
                            JAVA_BYTE.withName("opcode"),
                            JAVA_BYTE.withName("flags"),
                            JAVA_SHORT.withName("ioprio"),
                            JAVA_INT.withName("fd"),
                            JAVA_LONG.withName("addr2"),
                            JAVA_LONG.withName("addr"),
                            JAVA_INT.withName("len"),
                            JAVA_INT.withName("rw_flags"),
                            JAVA_LONG.withName("user_data"),
                            paddingLayout(8),
                            JAVA_LONG.withName("addr3"),
                            paddingLayout(8))
                    .withName("io_uring_sqe");

    public static final long OPCODE = IO_URING_SQE.byteOffset(groupElement("opcode"));
    public static final long SQE_FD = IO_URING_SQE.byteOffset(groupElement("fd"));
    public static final long ADDR2 = IO_URING_SQE.byteOffset(groupElement("addr2"));
    public static final long ADDR = IO_URING_SQE.byteOffset(groupElement("addr"));
    public static final long SQE_USER_DATA = IO_URING_SQE.byteOffset(groupElement("user_data"));
    public static final long ADDR3 = IO_URING_SQE.byteOffset(groupElement("addr3"));

    /// `struct io_uring_cqe`: how an operation ended.
    public static final StructLayout IO_URING_CQE =
            structLayout(
                            JAVA_LONG.withName("user_data"),
                            JAVA_INT.withName("res"),
                            JAVA_INT.withName("flags"))
                    .withName("io_uring_cqe");

    public static final long CQE_USER_DATA = IO_URING_CQE.byteOffset(groupElement("user_data"));
    public static final long RES = IO_URING_CQE.byteOffset(groupElement("res"));

    /// `struct io_uring_probe_op`: whether an operation is supported.
    public static final StructLayout IO_URING_PROBE_OP =
            structLayout(
                            JAVA_BYTE.withName("op"),
                            paddingLayout(1),
                            JAVA_SHORT.withName("flags"),
                            paddingLayout(4))
                    .withByteAlignment(Integer.BYTES)
                    .withName("io_uring_probe_op");

    public static final long PROBE_OP_FLAGS = IO_URING_PROBE_OP.byteOffset(groupElement("flags"));

    /// `struct io_uring_probe`: before its array of [#IO_URING_PROBE_OP].
    public static final StructLayout IO_URING_PROBE =
            structLayout(
                            JAVA_BYTE.withName("last_op"),
                            JAVA_BYTE.withName("ops_len"),
                            paddingLayout(14))
                    .withByteAlignment(Integer.BYTES)
                    .withName("io_uring_probe");

    private static final Function SETUP =
            Function.ofSystemCall("io_uring_setup", SysSyscall.SYS_io_uring_setup);
    private static final Function ENTER =
            Function.ofSystemCall("io_uring_enter", SysSyscall.SYS_io_uring_enter);
    private static final Function REGISTER =
            Function.ofSystemCall("io_uring_register", SysSyscall.SYS_io_uring_register);

    private LinuxIoUring() {}

    private static long params(String... path) {
        var elements = new PathElement[path.length];
        for (int i = 0; i < path.length; i++) {
            elements[i] = groupElement(path[i]);
        }
        return IO_URING_PARAMS.byteOffset(elements);
    }

    /// `int io_uring_setup(unsigned entries, struct io_uring_params *)`
    public static int io_uring_setup(int entries, MemorySegment params) {
        return SETUP.system(entries, params.address(), 0, 0, 0, 0);
    }

    /// `int io_uring_enter(int fd, unsigned submissions, unsigned completionsMin, unsigned flags,
    /// sigset_t *)`, without a signal mask
    public static int io_uring_enter(int fd, int submissions, int completionsMin, int flags) {
        return ENTER.system(fd, submissions, completionsMin, flags, 0, 0);
    }

    /// `int io_uring_register(int fd, unsigned operation, void *argument, unsigned count)`
    public static int io_uring_register(int fd, int operation, MemorySegment argument, int count) {
        return REGISTER.system(fd, operation, argument.address(), count, 0, 0);
    }
}
