package parley.os;

import static parley.os.ErrorCatalogue.Kind.ABSENT;
import static parley.os.ErrorCatalogue.Kind.EXISTS;
import static parley.os.ErrorCatalogue.Kind.LIMIT;
import static parley.os.ErrorCatalogue.Kind.NOT_PERMITTED;
import static parley.os.ErrorCatalogue.Kind.OTHER;
import static parley.os.ErrorRow.any;
import static parley.os.ErrorRow.row;
import static parley.os.FileErrors.used;

import java.io.IOException;
import java.util.List;

/// Rows of the catalogue for processes, signals and waiting.
final class ProcessErrors {
    static final List<ErrorRow> ROWS =
            List.of(
                    any(Errno.ESRCH, ABSENT, _ -> "there is no such process, or it has ended"),
                    row(
                            "kill tgkill sigqueue rt_sigqueueinfo rt_tgsigqueueinfo"
                                    + " pidfd_send_signal",
                            Errno.EPERM,
                            NOT_PERMITTED,
                            SignalErrors::notPermitted),
                    row(
                            "tgkill sigqueue rt_sigqueueinfo rt_tgsigqueueinfo"
                                    + " pidfd_send_signal",
                            Errno.EAGAIN,
                            LIMIT,
                            SignalErrors::queueFull),
                    row(
                            "pidfd_getfd process_vm_readv ptrace",
                            Errno.EPERM,
                            NOT_PERMITTED,
                            "that process may not be looked into: same user, or CAP_SYS_PTRACE; see"
                                    + " also kernel.yama.ptrace_scope"),
                    row(
                            "fork clone clone3 vfork posix_spawn pthread_create",
                            Errno.EAGAIN,
                            LIMIT,
                            _ -> used(Limit.RLIMIT_NPROC, ", or the pids limit of this cgroup")),
                    row("posix_spawn execvp", Errno.ENOENT, ABSENT, ProgramErrors::absent),
                    row(
                            "posix_spawn execvp",
                            Errno.EACCES,
                            NOT_PERMITTED,
                            ProgramErrors::notExecutable),
                    row("posix_spawn execvp", Errno.ENOEXEC, OTHER, ProgramErrors::notAProgram),
                    row(
                            "posix_spawn execvp",
                            Errno.E2BIG,
                            LIMIT,
                            _ -> ProgramErrors.tooManyWords()),
                    row(
                            "pidfd_open",
                            Errno.EINVAL,
                            OTHER,
                            "that is the number of a thread, not of a process"),
                    row(
                            "pidfd_open",
                            Errno.ENOENT,
                            OTHER,
                            "that is the number of a thread, not of a process"),
                    row(
                            "pidfd_getfd",
                            Errno.EBADF,
                            ABSENT,
                            "that process has no such descriptor open"),
                    row("pidfd", Errno.EBADF, OTHER, "this descriptor is not one of a process"),
                    row(
                            "waitid",
                            Errno.ECHILD,
                            ABSENT,
                            "somebody else in this process has waited for it already, and has its"
                                    + " exit status"),
                    row("epoll_ctl", Errno.ENOSPC, LIMIT, _ -> used(Limit.MAX_USER_WATCHES, "")),
                    row(
                            "epoll_ctl",
                            Errno.EPERM,
                            OTHER,
                            "a file or directory is always ready, so epoll does not watch it"),
                    row(
                            "epoll_ctl",
                            Errno.ELOOP,
                            OTHER,
                            "epoll instances would watch each other in a circle, or be nested more"
                                    + " than 5 deep"),
                    row("epoll_ctl", Errno.EEXIST, EXISTS, "it is watched here already"),
                    row(
                            "epoll_ctl",
                            Errno.ENOENT,
                            ABSENT,
                            "it is not watched here: never added, removed, or closed since"),
                    row(
                            "epoll_ctl",
                            Errno.EINVAL,
                            OTHER,
                            "an epoll instance cannot watch itself, nor another one exclusively"),
                    row(
                            "EPIOCGPARAMS EPIOCSPARAMS",
                            Errno.ENOTTY,
                            OTHER,
                            "epoll instances have these since Linux 6.9"),
                    row(
                            "EPIOCGPARAMS EPIOCSPARAMS",
                            Errno.EINVAL,
                            OTHER,
                            "epoll instances have these since Linux 6.9, and only where the kernel"
                                    + " was built with CONFIG_NET_RX_BUSY_POLL"),
                    row(
                            "EPIOCSPARAMS",
                            Errno.EPERM,
                            NOT_PERMITTED,
                            "more than 64 packets at a time need CAP_NET_ADMIN"),
                    row(
                            "timerfd_create",
                            Errno.EPERM,
                            NOT_PERMITTED,
                            "an alarm, which wakes the system from suspend, needs CAP_WAKE_ALARM"),
                    row(
                            "io_uring_setup",
                            Errno.EPERM,
                            NOT_PERMITTED,
                            _ ->
                                    "kernel.io_uring_disabled is %s, or a sandbox forbids it"
                                            .formatted(ioUringDisabled())),
                    row(
                            "F_OFD_SETLK F_SETLK",
                            Errno.EAGAIN,
                            OTHER,
                            "another process has the lock. Try: lslocks"));

    private ProcessErrors() {}

    private static String ioUringDisabled() throws IOException {
        return ProcFile.line("/proc/sys/kernel/io_uring_disabled");
    }
}
