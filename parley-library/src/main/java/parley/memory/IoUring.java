package parley.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import parley.kernel.LinuxFutex;
import parley.kernel.LinuxIoUring;
import parley.kernel.SysMman;
import parley.kernel.Unistd;
import parley.os.OsException;

/// A ring of io_uring(7): requests to the kernel and their results, in memory shared with it. For
/// the one thread that has made it; never closed.
final class IoUring {
    private static final int SUBMISSIONS = 256;
    private static final int COMPLETIONS = 4096; // beyond them the kernel keeps a list
    private static final int FLAGS =
            LinuxIoUring.IORING_SETUP_CQSIZE
                    | LinuxIoUring.IORING_SETUP_SINGLE_ISSUER
                    | LinuxIoUring.IORING_SETUP_DEFER_TASKRUN;
    private static final VarHandle INDEX = JAVA_INT.varHandle();

    private final int fd;
    private final MemorySegment ring;
    private final MemorySegment requests;
    private final long requestHead;
    private final long requestTail;
    private final int requestMask;
    private final long resultHead;
    private final long resultTail;
    private final int resultMask;
    private final long results;

    private IoUring(int fd, MemorySegment params, MemorySegment ring, MemorySegment requests) {
        this.fd = fd;
        this.ring = ring;
        this.requests = requests;
        this.requestHead = params.get(JAVA_INT, LinuxIoUring.SQ_OFF_HEAD);
        this.requestTail = params.get(JAVA_INT, LinuxIoUring.SQ_OFF_TAIL);
        this.requestMask = ring.get(JAVA_INT, params.get(JAVA_INT, LinuxIoUring.SQ_OFF_RING_MASK));
        this.resultHead = params.get(JAVA_INT, LinuxIoUring.CQ_OFF_HEAD);
        this.resultTail = params.get(JAVA_INT, LinuxIoUring.CQ_OFF_TAIL);
        this.resultMask = ring.get(JAVA_INT, params.get(JAVA_INT, LinuxIoUring.CQ_OFF_RING_MASK));
        this.results = params.get(JAVA_INT, LinuxIoUring.CQ_OFF_CQES);
        long order = params.get(JAVA_INT, LinuxIoUring.SQ_OFF_ARRAY);
        for (int i = 0; i <= requestMask; i++) {
            ring.set(JAVA_INT, order + i * JAVA_INT.byteSize(), i);
        }
    }

    /// What becomes of a request.
    @FunctionalInterface
    interface Completion {
        void completed(long userData, int result);
    }

    /// Makes a ring for the current thread.
    ///
    /// @throws OsException `EMFILE`, `ENFILE`, `ENOMEM` at a limit; `EPERM` where it is forbidden
    static IoUring create() throws OsException {
        try (var arena = Arena.ofConfined()) {
            var params = arena.allocate(LinuxIoUring.IO_URING_PARAMS);
            params.set(JAVA_INT, LinuxIoUring.PARAMS_FLAGS, FLAGS);
            params.set(JAVA_INT, LinuxIoUring.CQ_ENTRIES, COMPLETIONS);
            int r = LinuxIoUring.io_uring_setup(SUBMISSIONS, params);
            int fd = (int) OsException.check("io_uring_setup", "io_uring", r);
            boolean isMapped = false;
            try {
                var ring = map(fd, ringBytes(params), LinuxIoUring.IORING_OFF_SQ_RING);
                int entries = params.get(JAVA_INT, LinuxIoUring.SQ_ENTRIES);
                long requestBytes = entries * LinuxIoUring.IO_URING_SQE.byteSize();
                var requests = map(fd, requestBytes, LinuxIoUring.IORING_OFF_SQES);
                isMapped = true;
                return new IoUring(fd, params, ring, requests);
            } finally {
                if (!isMapped) {
                    int _ = Unistd.close(fd);
                }
            }
        }
    }

    /// Both queues are in one mapping, since Linux 5.4.
    private static long ringBytes(MemorySegment params) {
        long order =
                params.get(JAVA_INT, LinuxIoUring.SQ_OFF_ARRAY)
                        + params.get(JAVA_INT, LinuxIoUring.SQ_ENTRIES) * JAVA_INT.byteSize();
        long results =
                params.get(JAVA_INT, LinuxIoUring.CQ_OFF_CQES)
                        + params.get(JAVA_INT, LinuxIoUring.CQ_ENTRIES)
                                * LinuxIoUring.IO_URING_CQE.byteSize();
        return Math.max(order, results);
    }

    private static MemorySegment map(int fd, long bytes, long offset) throws OsException {
        int protection = SysMman.PROT_READ | SysMman.PROT_WRITE;
        long r = SysMman.mmap(0, bytes, protection, SysMman.MAP_SHARED, fd, offset);
        long address = OsException.check("mmap", "io_uring", r);
        return SysMman.memory(address, bytes, Arena.global(), _ -> {});
    }

    /// True if one more request can be made before [#enter].
    boolean hasRoom() {
        return unsubmitted() <= requestMask;
    }

    private int unsubmitted() {
        return tail() - (int) INDEX.getAcquire(ring, requestHead);
    }

    private int tail() {
        return ring.get(JAVA_INT, requestTail); // written by this thread only
    }

    /// Asks for a `FUTEX_WAIT_BITSET`.
    void waitForFutex(long address, int expected, int bitset, long userData) {
        var request = newRequest(LinuxIoUring.IORING_OP_FUTEX_WAIT, userData);
        request.set(JAVA_INT, LinuxIoUring.SQE_FD, LinuxFutex.FUTEX_32);
        request.set(JAVA_LONG, LinuxIoUring.ADDR, address);
        request.set(JAVA_LONG, LinuxIoUring.ADDR2, Integer.toUnsignedLong(expected));
        request.set(JAVA_LONG, LinuxIoUring.ADDR3, Integer.toUnsignedLong(bitset));
        publish();
    }

    /// Asks for the end of a request that is not completed.
    void cancel(long ofUserData, long userData) {
        var request = newRequest(LinuxIoUring.IORING_OP_ASYNC_CANCEL, userData);
        request.set(JAVA_LONG, LinuxIoUring.ADDR, ofUserData);
        publish();
    }

    private MemorySegment newRequest(int operation, long userData) {
        long bytes = LinuxIoUring.IO_URING_SQE.byteSize();
        var request = requests.asSlice((tail() & requestMask) * bytes, bytes).fill((byte) 0);
        request.set(JAVA_BYTE, LinuxIoUring.OPCODE, (byte) operation);
        request.set(JAVA_LONG, LinuxIoUring.SQE_USER_DATA, userData);
        return request;
    }

    private void publish() {
        INDEX.setRelease(ring, requestTail, tail() + 1);
    }

    /// Gives the kernel all requests, and waits for results.
    ///
    /// @param completionsMin 0: does not wait
    /// @return `>= 0` or `-errno`
    int enter(int completionsMin) {
        return LinuxIoUring.io_uring_enter(
                fd, unsubmitted(), completionsMin, LinuxIoUring.IORING_ENTER_GETEVENTS);
    }

    /// Passes on the results that there are.
    void takeCompletions(Completion to) {
        int head = ring.get(JAVA_INT, resultHead); // written by this thread only
        int tail = (int) INDEX.getAcquire(ring, resultTail);
        for (; head != tail; head++) {
            long result = results + (head & resultMask) * LinuxIoUring.IO_URING_CQE.byteSize();
            long userData = ring.get(JAVA_LONG, result + LinuxIoUring.CQE_USER_DATA);
            int value = ring.get(JAVA_INT, result + LinuxIoUring.RES);
            INDEX.setRelease(ring, resultHead, head + 1);
            to.completed(userData, value);
        }
    }
}
