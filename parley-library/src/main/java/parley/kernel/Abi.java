package parley.kernel;

import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.StructLayout;
import java.util.Map;

/// Everything that differs between the platforms Parley runs on; each component has C's name.
///
/// No other class asks for `os.name` or `os.arch`. An unknown platform is refused by name: a
/// guessed number would call the wrong system call.
///
/// @param semid_ds `struct semid_ds`, see semctl(2)
/// @param epoll_event `struct epoll_event`, packed on x86-64 only, see epoll_ctl(2)
/// @param sizeof_pthread_mutex_t bytes
/// @param offsetof_ucontext_t_uc_sigmask bytes from the start of `ucontext_t`
/// @param signalCode handlers in this platform's machine code
public record Abi(
        int O_DIRECT,
        int O_DIRECTORY,
        int O_NOFOLLOW,
        int O_TMPFILE,
        int SYS_futex,
        int SYS_gettid,
        int SYS_membarrier,
        int SYS_mq_notify,
        int SYS_mq_open,
        int SYS_mq_timedreceive,
        int SYS_mq_timedsend,
        int SYS_msgrcv,
        int SYS_msgsnd,
        int SYS_set_robust_list,
        int SYS_get_robust_list,
        int SYS_rt_sigqueueinfo,
        int SYS_rt_sigtimedwait,
        int SYS_rt_tgsigqueueinfo,
        int SYS_semctl,
        int SYS_semop,
        int SYS_semtimedop,
        StructLayout semid_ds,
        StructLayout epoll_event,
        int sizeof_pthread_mutex_t,
        int offsetof_ucontext_t_uc_sigmask,
        SignalCode signalCode) {

    static final Abi LINUX_X86_64 =
            new Abi(
                    0x4000,
                    0x10000,
                    0x20000,
                    0x410000,
                    202,
                    186,
                    324,
                    244,
                    240,
                    243,
                    242,
                    70,
                    69,
                    273,
                    274,
                    129,
                    128,
                    297,
                    66,
                    65,
                    220,
                    structLayout(
                                    SysIpc.IPC_PERM,
                                    JAVA_LONG.withName("sem_otime"),
                                    paddingLayout(8),
                                    JAVA_LONG.withName("sem_ctime"),
                                    paddingLayout(8),
                                    JAVA_LONG.withName("sem_nsems"),
                                    paddingLayout(16))
                            .withName("semid_ds"),
                    structLayout(JAVA_INT.withName("events"), JAVA_LONG_UNALIGNED.withName("data"))
                            .withName("epoll_event"),
                    40,
                    296,
                    new SignalCodeX8664(296));

    static final Abi LINUX_AARCH64 =
            new Abi(
                    0x10000,
                    0x4000,
                    0x8000,
                    0x404000,
                    98,
                    178,
                    283,
                    184,
                    180,
                    183,
                    182,
                    188,
                    189,
                    99,
                    100,
                    138,
                    137,
                    240,
                    191,
                    193,
                    192,
                    structLayout(
                                    SysIpc.IPC_PERM,
                                    JAVA_LONG.withName("sem_otime"),
                                    JAVA_LONG.withName("sem_ctime"),
                                    JAVA_LONG.withName("sem_nsems"),
                                    paddingLayout(16))
                            .withName("semid_ds"),
                    structLayout(
                                    JAVA_INT.withName("events"),
                                    paddingLayout(4),
                                    JAVA_LONG.withName("data"))
                            .withName("epoll_event"),
                    48,
                    40,
                    new SignalCodeAarch64(40));

    /// The platform of this JVM.
    public static final Abi HOST = of(System.getProperty("os.name"), System.getProperty("os.arch"));

    /// @throws UnsupportedOperationException naming the platform, if it is not one of ours
    static Abi of(String name, String architecture) {
        var known = Map.of("Linux amd64", LINUX_X86_64, "Linux aarch64", LINUX_AARCH64);
        var abi = known.get(name + " " + architecture);
        if (abi == null) {
            throw new UnsupportedOperationException(
                    "Parley runs on Linux x86-64 and Linux aarch64, not on "
                            + name
                            + " "
                            + architecture);
        }
        return abi;
    }
}
