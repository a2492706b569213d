package parley.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import parley.kernel.Abi;
import parley.kernel.Fcntl;
import parley.kernel.LinuxIoUring;
import parley.kernel.LinuxPidfd;
import parley.kernel.SysIpc;
import parley.kernel.SysMman;
import parley.kernel.SysMsg;
import parley.kernel.SysSocket;
import parley.kernel.SysSyscall;
import parley.kernel.SysUio;
import parley.kernel.Unistd;

/// What this kernel and libc can do beyond what Parley expects of all (Linux 5.10, glibc 2.31), and
/// what a kernel may have been built without, or a sandbox may forbid.
///
/// Each is found out by a call that cannot succeed, when it is asked for the first time. One can be
/// switched off, to see how a program does without: `-Dparley.capability.PIDFD_OPEN=false`.
public enum Capability {
    /// Message queues, semaphore sets, shared memory of sysvipc(7).
    SYSV_IPC(
            "msgctl",
            () -> SysMsg.msgctl(-1, SysIpc.IPC_STAT, MemorySegment.NULL),
            Errno.EINVAL,
            Errno.EFAULT),
    /// Queues of mq_overview(7).
    POSIX_MESSAGE_QUEUES(
            "mq_open", () -> system(Abi.HOST.SYS_mq_open(), 0), Errno.EFAULT, Errno.EINVAL),
    /// memfd_create(2) with sealing.
    MEMFD_SEALING("memfd_create", Capability::sealableFile, Errno.EFAULT),
    /// `RWF_NOWAIT` on pipes: without waiting, whatever the other users of it want. Linux 6.4.
    PIPE_NOWAIT("preadv2", Capability::readPipeNow, Errno.EAGAIN),
    /// pidfd_open(2): Linux 5.3, but forbidden in some sandboxes.
    PIDFD_OPEN("pidfd_open", () -> system(SysSyscall.SYS_pidfd_open, 0), Errno.EINVAL),
    /// pidfd_getfd(2): Linux 5.6, but forbidden in some sandboxes.
    PIDFD_GETFD("pidfd_getfd", () -> system(SysSyscall.SYS_pidfd_getfd, -1), Errno.EBADF),
    /// `PIDFD_SIGNAL_THREAD` and its like: a pidfd also for a thread or a group. Linux 6.9.
    PIDFD_SIGNAL_SCOPE("pidfd_send_signal", Capability::signalWithScope, Errno.EBADF),
    /// epoll_pwait2(2), with timeouts in nanoseconds: Linux 5.11.
    EPOLL_PWAIT2(
            "epoll_pwait2",
            () -> system(SysSyscall.SYS_epoll_pwait2, -1),
            Errno.EINVAL,
            Errno.EBADF),
    /// futex_waitv(2), waiting for one of many words: Linux 5.16.
    FUTEX_WAITV("futex_waitv", () -> system(SysSyscall.SYS_futex_waitv, 0), Errno.EINVAL),
    /// memfd_secret(2): Linux 5.14, from 6.5 on without a boot option.
    MEMFD_SECRET("memfd_secret", () -> system(SysSyscall.SYS_memfd_secret, -1), Errno.EINVAL),
    /// io_uring(7).
    IO_URING("io_uring_setup", () -> system(SysSyscall.SYS_io_uring_setup, 0), Errno.EFAULT),
    /// Waiting for a futex word by io_uring(7): Linux 6.7, but forbidden in many sandboxes.
    IO_URING_FUTEX("io_uring_setup", Capability::probeRing),
    /// `SO_PEERPIDFD` and `SO_PASSPIDFD`: the peer's process as a descriptor. Linux 6.5.
    PEER_PIDFD(
            "getsockopt",
            Capability::peerOfNobody,
            Errno.ENODATA,
            Errno.ESRCH,
            Errno.EINVAL,
            Errno.ENOTCONN);

    // By first question; the enum's constants themselves stay immutable.
    private static final Map<Capability, Optional<String>> ANSWERS = new ConcurrentHashMap<>();

    private final String call;

    @SuppressWarnings("ImmutableEnumChecker") // a function without state
    private final LongSupplier probe;

    @SuppressWarnings("ImmutableEnumChecker") // immutable: List.of
    private final List<Errno> signs;

    /// @param call what the probe calls
    /// @param probe a call that fails, and so changes nothing
    /// @param signs the errors by which a kernel shows that it knows the call
    Capability(String call, LongSupplier probe, Errno... signs) {
        this.call = call;
        this.probe = probe;
        this.signs = List.of(signs);
    }

    /// True if it can be used here.
    public boolean isAvailable() {
        return unavailabilityCause().isEmpty();
    }

    /// Why it cannot be used here: not in this kernel, forbidden, switched off; empty if it can.
    public Optional<String> unavailabilityCause() {
        if (isSwitchedOff()) {
            return Optional.of("switched off by -D" + property() + "=false");
        }
        var known = ANSWERS.get(this);
        return known == null ? ask() : known; // two threads may both ask, and get the same answer
    }

    private String property() {
        return "parley.capability." + name();
    }

    private boolean isSwitchedOff() {
        return "false".equals(System.getProperty(property()));
    }

    private Optional<String> ask() {
        long result = probe.getAsLong();
        var errno = Errno.of((int) -result);
        if (result >= 0 || signs.contains(errno)) {
            return remember(Optional.empty());
        }
        var words = call + " says " + errno;
        return switch (errno) {
            case ENOSYS, EOPNOTSUPP, ENOPROTOOPT, EINVAL ->
                    remember(
                            Optional.of(
                                    "not in this kernel (" + release() + ") or libc: " + words));
            case EPERM, EACCES ->
                    remember(
                            Optional.of("forbidden here, as a sandbox or a sysctl does: " + words));
            // Out of descriptors or memory, perhaps: the next one to ask may get an answer.
            default -> Optional.of("could not be found out now: " + words);
        };
    }

    private Optional<String> remember(Optional<String> cause) {
        ANSWERS.put(this, cause);
        return cause;
    }

    /// Asks again next time; for tests.
    static void forget(Capability capability) {
        ANSWERS.remove(capability);
    }

    private static String release() {
        return System.getProperty("os.version");
    }

    private static long system(int number, long first) {
        return SysSyscall.syscall(number, first, 0, 0, 0, 0);
    }

    private static long sealableFile() {
        return SysMman.memfd_create(
                MemorySegment.NULL, SysMman.MFD_CLOEXEC | SysMman.MFD_ALLOW_SEALING);
    }

    private static long readPipeNow() {
        try (var arena = Arena.ofConfined()) {
            var fds = arena.allocate(JAVA_INT, 2);
            int r = Unistd.pipe2(fds, Fcntl.O_CLOEXEC);
            if (r < 0) {
                return r;
            }
            try {
                return SysUio.preadv2(
                        fds.getAtIndex(JAVA_INT, 0),
                        arena.allocate(JAVA_BYTE),
                        -1,
                        SysUio.RWF_NOWAIT);
            } finally {
                Unistd.close(fds.getAtIndex(JAVA_INT, 0));
                Unistd.close(fds.getAtIndex(JAVA_INT, 1));
            }
        }
    }

    /// Makes a ring, for only a ring tells which operations the kernel has.
    private static long probeRing() {
        try (var arena = Arena.ofConfined()) {
            int fd = LinuxIoUring.io_uring_setup(1, arena.allocate(LinuxIoUring.IO_URING_PARAMS));
            if (fd < 0) {
                return fd;
            }
            try {
                return probeOperation(fd, arena);
            } finally {
                Unistd.close(fd);
            }
        }
    }

    private static long probeOperation(int ring, Arena arena) {
        int operation = LinuxIoUring.IORING_OP_FUTEX_WAIT;
        long flags =
                LinuxIoUring.IO_URING_PROBE.byteSize()
                        + operation * LinuxIoUring.IO_URING_PROBE_OP.byteSize()
                        + LinuxIoUring.PROBE_OP_FLAGS;
        var probe = arena.allocate(flags + LinuxIoUring.IO_URING_PROBE_OP.byteSize(), Long.BYTES);
        int r =
                LinuxIoUring.io_uring_register(
                        ring, LinuxIoUring.IORING_REGISTER_PROBE, probe, operation + 1);
        if (r < 0) {
            return r;
        }
        boolean isSupported =
                (probe.get(JAVA_SHORT, flags) & LinuxIoUring.IO_URING_OP_SUPPORTED) != 0;
        return isSupported ? 0 : -Errno.EOPNOTSUPP.number();
    }

    /// Flags that are not known are refused before the descriptor is looked at.
    private static long signalWithScope() {
        return SysSyscall.syscall(
                SysSyscall.SYS_pidfd_send_signal,
                -1,
                0,
                0,
                LinuxPidfd.PIDFD_SIGNAL_THREAD_GROUP,
                0);
    }

    private static long peerOfNobody() {
        int fd =
                SysSocket.socket(
                        SysSocket.AF_UNIX, SysSocket.SOCK_STREAM | SysSocket.SOCK_CLOEXEC, 0);
        if (fd < 0) {
            return fd;
        }
        try (var arena = Arena.ofConfined()) {
            var length = arena.allocateFrom(JAVA_INT, Integer.BYTES);
            return SysSocket.getsockopt(
                    fd,
                    SysSocket.SOL_SOCKET,
                    SysSocket.SO_PEERPIDFD,
                    arena.allocate(JAVA_INT),
                    length);
        } finally {
            Unistd.close(fd);
        }
    }
}
