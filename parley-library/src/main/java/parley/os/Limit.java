package parley.os;

import static parley.os.LimitSource.FileSystem.SHARED_MEMORY;
import static parley.os.LimitSource.INT_MAX;
import static parley.os.LimitSource.IPCMNI;
import static parley.os.LimitSource.LONG_MAX;

import java.io.IOException;
import java.util.Locale;
import java.util.OptionalLong;
import parley.kernel.SysResource;
import parley.os.LimitSource.Fixed;
import parley.os.LimitSource.Rlimit;
import parley.os.LimitSource.Sysctl;

/// The limits that interprocess communication meets: of the system, of the user, of the process.
///
/// The names are C's or the kernel's own. Nothing is read until it is asked for, and then anew
/// every time. See sysvipc(7), mq_overview(7), pipe(7), getrlimit(2),
/// `Documentation/admin-guide/sysctl` of the kernel.
public enum Limit {
    MSGMAX(
            "length of a System V message",
            "Text of one message, at most.",
            Unit.BYTES,
            Sysctl.of("kernel.msgmax", INT_MAX)),
    MSGMNB(
            "size of a System V queue",
            "Text of all messages in one queue; what a new queue gets as its own limit.",
            Unit.BYTES,
            Sysctl.of("kernel.msgmnb", INT_MAX)),
    MSGMNI(
            "number of System V queues",
            "Queues in this IPC namespace.",
            Unit.OBJECTS,
            Sysctl.of("kernel.msgmni", IPCMNI),
            LimitUsage.systemVObjects(SystemVTable.MSG)),
    SEMMSL(
            "number of semaphores in a set",
            "Semaphores that one semget may ask for.",
            Unit.OBJECTS,
            new Sysctl("kernel.sem", 0, INT_MAX, false)),
    SEMMNS(
            "number of semaphores in all sets",
            "Semaphores of all sets in this IPC namespace together.",
            Unit.OBJECTS,
            new Sysctl("kernel.sem", 1, INT_MAX, false),
            LimitUsage::semaphores),
    SEMOPM(
            "number of operations of one semop",
            "Operations that one call carries out together.",
            Unit.OPERATIONS,
            new Sysctl("kernel.sem", 2, INT_MAX, false)),
    SEMMNI(
            "number of semaphore sets",
            "Semaphore sets in this IPC namespace.",
            Unit.OBJECTS,
            new Sysctl("kernel.sem", 3, IPCMNI, false),
            LimitUsage.systemVObjects(SystemVTable.SEM)),
    SEMVMX(
            "value of a System V semaphore",
            "The largest value that a semaphore can have.",
            Unit.NUMBER,
            new Fixed(32767, "SEMVMX")),
    SHMMAX(
            "size of a System V segment",
            "One segment of shared memory, at most.",
            Unit.BYTES,
            Sysctl.of("kernel.shmmax", LONG_MAX)),
    SHMALL(
            "size of all System V segments",
            "All segments in this IPC namespace together.",
            Unit.PAGES,
            Sysctl.of("kernel.shmall", LONG_MAX),
            LimitUsage::segmentPages),
    SHMMNI(
            "number of System V segments",
            "Segments in this IPC namespace.",
            Unit.OBJECTS,
            Sysctl.of("kernel.shmmni", IPCMNI),
            LimitUsage.systemVObjects(SystemVTable.SHM)),
    SHMMIN(
            "smallest System V segment",
            "What a segment has at least; it takes whole pages all the same.",
            Unit.BYTES,
            new Fixed(1, "SHMMIN")),
    MQUEUE_QUEUES_MAX(
            "number of POSIX queues",
            "Queues in this IPC namespace.",
            Unit.OBJECTS,
            Sysctl.of("fs.mqueue.queues_max", INT_MAX),
            LimitUsage::posixQueues),
    MQUEUE_MSG_MAX(
            "capacity of a POSIX queue",
            "Messages that a queue may have room for, unless its creator is privileged.",
            Unit.MESSAGES,
            Sysctl.of("fs.mqueue.msg_max", 65_536)),
    MQUEUE_MSGSIZE_MAX(
            "length of a POSIX message",
            "The longest message that a queue may take, unless its creator is privileged.",
            Unit.BYTES,
            Sysctl.of("fs.mqueue.msgsize_max", 16_777_216)),
    MQUEUE_MSG_DEFAULT(
            "usual capacity of a POSIX queue",
            "What a queue made without attributes has room for.",
            Unit.MESSAGES,
            Sysctl.of("fs.mqueue.msg_default", 65_536)),
    MQUEUE_MSGSIZE_DEFAULT(
            "usual message length of a POSIX queue",
            "The longest message of a queue made without attributes.",
            Unit.BYTES,
            Sysctl.of("fs.mqueue.msgsize_default", 16_777_216)),
    MQ_PRIO_MAX(
            "number of priorities of POSIX messages",
            "Priorities are less than this.",
            Unit.NUMBER,
            new Fixed(32768, "MQ_PRIO_MAX")),
    PIPE_MAX_SIZE(
            "capacity of a pipe",
            "What an unprivileged process may raise the capacity of a pipe to.",
            Unit.BYTES,
            Sysctl.of("fs.pipe-max-size", 1L << 31)),
    PIPE_USER_PAGES_SOFT(
            "capacity of all pipes of a user",
            "Beyond it, new pipes of an unprivileged user have room for two pages only.",
            Unit.PAGES,
            new Sysctl("fs.pipe-user-pages-soft", 0, LONG_MAX, true)),
    PIPE_USER_PAGES_HARD(
            "last capacity of all pipes of a user",
            "Beyond it, an unprivileged user gets no new pipe.",
            Unit.PAGES,
            new Sysctl("fs.pipe-user-pages-hard", 0, LONG_MAX, true)),
    PIPE_BUF(
            "length of an atomic write to a pipe",
            "Up to here the bytes of one write stay together.",
            Unit.BYTES,
            new Fixed(4096, "PIPE_BUF")),
    MAX_DGRAM_QLEN(
            "queue of a Unix datagram socket",
            "Datagrams that wait at one socket; more make the sender wait.",
            Unit.MESSAGES,
            Sysctl.of("net.unix.max_dgram_qlen", INT_MAX)),
    SOMAXCONN(
            "backlog of a listening socket",
            "Connections that may wait to be accepted, whatever listen asked for.",
            Unit.CONNECTIONS,
            Sysctl.of("net.core.somaxconn", INT_MAX)),
    SCM_MAX_FD(
            "number of descriptors in a message",
            "Descriptors that one message to a Unix socket can carry.",
            Unit.DESCRIPTORS,
            new Fixed(253, "SCM_MAX_FD")),
    RMEM_DEFAULT(
            "usual receive buffer of a socket",
            "What a socket gets that does not ask.",
            Unit.BYTES,
            Sysctl.of("net.core.rmem_default", INT_MAX)),
    RMEM_MAX(
            "receive buffer of a socket",
            "What an unprivileged SO_RCVBUF may ask for.",
            Unit.BYTES,
            Sysctl.of("net.core.rmem_max", INT_MAX)),
    WMEM_DEFAULT(
            "usual send buffer of a socket",
            "What a socket gets that does not ask; for Unix sockets it bounds a datagram.",
            Unit.BYTES,
            Sysctl.of("net.core.wmem_default", INT_MAX)),
    WMEM_MAX(
            "send buffer of a socket",
            "What an unprivileged SO_SNDBUF may ask for.",
            Unit.BYTES,
            Sysctl.of("net.core.wmem_max", INT_MAX)),
    FILE_MAX(
            "number of open files of the system",
            "Open files, pipes and sockets of all processes together.",
            Unit.DESCRIPTORS,
            Sysctl.of("fs.file-max", LONG_MAX),
            LimitUsage::openFiles),
    NR_OPEN(
            "highest descriptor limit",
            "What RLIMIT_NOFILE can be raised to at most.",
            Unit.DESCRIPTORS,
            Sysctl.of("fs.nr_open", INT_MAX)),
    MAX_USER_WATCHES(
            "number of descriptors watched by epoll",
            "Registrations with all epoll instances of one user together.",
            Unit.DESCRIPTORS,
            Sysctl.of("fs.epoll.max_user_watches", LONG_MAX)),
    MAX_MAP_COUNT(
            "number of mappings of a process",
            "Separate pieces of memory that one process can have mapped.",
            Unit.MAPPINGS,
            Sysctl.of("vm.max_map_count", INT_MAX),
            LimitUsage::mappings),
    DEV_SHM(
            "size of /dev/shm",
            "POSIX shared memory, named semaphores and channels of all processes together.",
            Unit.BYTES,
            SHARED_MEMORY,
            SHARED_MEMORY::used),
    RLIMIT_CPU(
            "processor time",
            "Computing time of the process; then SIGXCPU.",
            Unit.SECONDS,
            new Rlimit(SysResource.RLIMIT_CPU, "RLIMIT_CPU", 't', 1)),
    RLIMIT_FSIZE(
            "size of a file",
            "What the process may make a file as long as; also POSIX shared memory.",
            Unit.BYTES,
            new Rlimit(SysResource.RLIMIT_FSIZE, "RLIMIT_FSIZE", 'f', 1024)),
    RLIMIT_DATA(
            "size of private memory",
            "Heap and other private writable memory.",
            Unit.BYTES,
            new Rlimit(SysResource.RLIMIT_DATA, "RLIMIT_DATA", 'd', 1024),
            LimitUsage.memory("VmData")),
    RLIMIT_STACK(
            "size of the stack",
            "The stack of the first thread.",
            Unit.BYTES,
            new Rlimit(SysResource.RLIMIT_STACK, "RLIMIT_STACK", 's', 1024),
            LimitUsage.memory("VmStk")),
    RLIMIT_CORE(
            "size of a core dump",
            "What is written of a process that crashes.",
            Unit.BYTES,
            new Rlimit(SysResource.RLIMIT_CORE, "RLIMIT_CORE", 'c', 1024)),
    RLIMIT_RSS(
            "resident memory",
            "Without effect on Linux.",
            Unit.BYTES,
            new Rlimit(SysResource.RLIMIT_RSS, "RLIMIT_RSS", 'm', 1024),
            LimitUsage.memory("VmRSS")),
    RLIMIT_NPROC(
            "number of threads of a user",
            "Processes and threads of the user together.",
            Unit.PROCESSES,
            new Rlimit(SysResource.RLIMIT_NPROC, "RLIMIT_NPROC", 'u', 1)),
    RLIMIT_NOFILE(
            "number of open descriptors",
            "Descriptors that this process can have open at once.",
            Unit.DESCRIPTORS,
            new Rlimit(SysResource.RLIMIT_NOFILE, "RLIMIT_NOFILE", 'n', 1),
            LimitUsage::descriptors),
    RLIMIT_MEMLOCK(
            "size of locked memory",
            "Memory kept from being swapped out.",
            Unit.BYTES,
            new Rlimit(SysResource.RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK", 'l', 1024),
            LimitUsage.memory("VmLck")),
    RLIMIT_AS(
            "size of the address space",
            "All memory that this process has mapped.",
            Unit.BYTES,
            new Rlimit(SysResource.RLIMIT_AS, "RLIMIT_AS", 'v', 1024),
            LimitUsage.memory("VmSize")),
    RLIMIT_LOCKS(
            "number of file locks",
            "Without effect on Linux.",
            Unit.LOCKS,
            new Rlimit(SysResource.RLIMIT_LOCKS, "RLIMIT_LOCKS", 'x', 1)),
    RLIMIT_SIGPENDING(
            "number of queued signals",
            "Signals sent with a value that wait for the processes of the user.",
            Unit.SIGNALS,
            new Rlimit(SysResource.RLIMIT_SIGPENDING, "RLIMIT_SIGPENDING", 'i', 1),
            LimitUsage::queuedSignals),
    RLIMIT_MSGQUEUE(
            "size of all POSIX queues of a user",
            "What the queues of the user have room for, and their bookkeeping.",
            Unit.BYTES,
            new Rlimit(SysResource.RLIMIT_MSGQUEUE, "RLIMIT_MSGQUEUE", 'q', 1)),
    RLIMIT_NICE(
            "highest nice value",
            "20 less this number is the best nice value that the process may take.",
            Unit.NUMBER,
            new Rlimit(SysResource.RLIMIT_NICE, "RLIMIT_NICE", 'e', 1)),
    RLIMIT_RTPRIO(
            "highest real-time priority",
            "What an unprivileged process may ask the scheduler for.",
            Unit.NUMBER,
            new Rlimit(SysResource.RLIMIT_RTPRIO, "RLIMIT_RTPRIO", 'r', 1)),
    RLIMIT_RTTIME(
            "uninterrupted real-time computing",
            "Time under real-time scheduling without a call that waits; then SIGXCPU.",
            Unit.MICROSECONDS,
            new Rlimit(SysResource.RLIMIT_RTTIME, "RLIMIT_RTTIME", 'R', 1));

    /// What [#value], [#hardValue] return where there is no limit, and for a limit that is greater
    /// than a `long` can tell (as SHMMAX usually is).
    public static final long UNLIMITED = Long.MAX_VALUE;

    private final String title;
    private final String meaning;
    private final Unit unit;

    @SuppressWarnings("ImmutableEnumChecker") // a record of constants
    private final LimitSource source;

    @SuppressWarnings("ImmutableEnumChecker") // a function without state
    private final LimitUsage usage;

    Limit(String title, String meaning, Unit unit, LimitSource source) {
        this(title, meaning, unit, source, LimitUsage.NOT_SHOWN);
    }

    Limit(String title, String meaning, Unit unit, LimitSource source, LimitUsage usage) {
        this.title = title;
        this.meaning = meaning;
        this.unit = unit;
        this.source = source;
        this.usage = usage;
    }

    /// What a limit counts.
    public enum Unit {
        BYTES,
        PAGES,
        MESSAGES,
        OBJECTS,
        OPERATIONS,
        DESCRIPTORS,
        CONNECTIONS,
        MAPPINGS,
        PROCESSES,
        LOCKS,
        SIGNALS,
        SECONDS,
        MICROSECONDS,
        NUMBER;

        /// In small letters, as it follows a number: `bytes`; empty for [#NUMBER].
        @Override
        public String toString() {
            return this == NUMBER ? "" : name().toLowerCase(Locale.ROOT);
        }
    }

    /// What it bounds, without an article: `number of semaphore sets`.
    public String title() {
        return title;
    }

    /// What it means, in a sentence.
    public String meaning() {
        return meaning;
    }

    /// What it counts.
    public Unit unit() {
        return unit;
    }

    /// The limit in force, the soft one of the two for `RLIMIT_…`; [#UNLIMITED] if there is none;
    /// empty if this kernel does not know or does not show it.
    public OptionalLong value() {
        return source.value();
    }

    /// What an unprivileged process may raise it to, for `RLIMIT_…`; else empty.
    public OptionalLong hardValue() {
        return source.hardValue();
    }

    /// How much of it is used up now; empty where the kernel does not say so.
    public OptionalLong used() {
        try {
            return usage.read();
        } catch (IOException | RuntimeException _) { // not mounted, forbidden, of another form
            return OptionalLong.empty();
        }
    }

    /// Where it stands: `/proc/sys/kernel/sem, 4th value` or `RLIMIT_MSGQUEUE`.
    public String source() {
        return source.place();
    }

    /// The command that doubles it, or as near as the kernel allows: `sysctl -w
    /// kernel.msgmni=16384`; or `cannot be raised`.
    public String howToRaise() {
        return source.command().orElse("cannot be raised");
    }

    /// For the middle of a sentence: `the size of /dev/shm (size of /dev/shm = 67108864)`.
    String words() {
        return "the " + title + " (" + source.name() + " = " + amount(value()) + ")";
    }

    /// For the end of an explanation: `Try: sysctl -w …`.
    String advice() {
        return source.command().map(command -> "Try: " + command).orElse("It cannot be raised");
    }

    /// True if nothing is left of it, as far as the kernel tells.
    boolean isUsedUp() {
        var used = used();
        var value = value();
        return used.isPresent() && value.isPresent() && used.getAsLong() >= value.getAsLong();
    }

    /// `1024`, `unlimited` or `unknown`.
    static String amount(OptionalLong value) {
        if (value.isEmpty()) {
            return "unknown";
        }
        return value.getAsLong() == UNLIMITED ? "unlimited" : Long.toString(value.getAsLong());
    }
}
