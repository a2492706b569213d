package parley.process;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import parley.kernel.LinuxPidfd;
import parley.kernel.SignalH;
import parley.kernel.SysIoctl;
import parley.kernel.SysWait;
import parley.os.Errno;
import parley.os.OsException;
import parley.process.ProcessInfo.Identity;
import parley.signal.Signal;

/// System calls on the number of a pidfd, which the caller keeps open. None waits.
final class PidFdCalls {
    private static final int SIGNAL_MASK = 0x7f;
    private static final int CORE_DUMPED = 0x80;

    private PidFdCalls() {}

    /// How a process ended, leaving it to whoever waits for it; empty while it runs, and where only
    /// its parent may know.
    static Optional<ExitStatus> look(int pidfd, String object) throws OsException {
        return wait(pidfd, object, SysWait.WNOWAIT);
    }

    /// How a child of ours ended, which then is gone; empty while it runs.
    ///
    /// @throws OsException `ECHILD` if somebody else has waited for it, on kernels before 6.15
    static Optional<ExitStatus> reap(int pidfd, String object) throws OsException {
        return wait(pidfd, object, 0);
    }

    private static Optional<ExitStatus> wait(int pidfd, String object, int options)
            throws OsException {
        try (var arena = Arena.ofConfined()) {
            var info = arena.allocate(SignalH.SIGINFO_SENT);
            int flags = SysWait.WEXITED | SysWait.WNOHANG | options;
            int r;
            do {
                r = SysWait.waitid(SysWait.P_PIDFD, pidfd, info, flags);
            } while (Errno.EINTR.is(r));
            if (Errno.ECHILD.is(r)) { // not our child, or waited for already
                var status = exitInfo(pidfd, arena);
                if (status.isPresent() || options == SysWait.WNOWAIT) {
                    return status;
                }
            }
            OsException.check("waitid", object, r);
            return info.get(JAVA_INT, SignalH.SI_PID) == 0
                    ? Optional.empty()
                    : Optional.of(ofSignalInfo(info));
        }
    }

    private static ExitStatus ofSignalInfo(MemorySegment info) {
        int status = info.get(JAVA_INT, SignalH.SI_STATUS);
        int code = info.get(JAVA_INT, SignalH.SI_CODE);
        return switch (code) {
            case SignalH.CLD_EXITED -> new ExitStatus.Exited(status);
            case SignalH.CLD_KILLED -> new ExitStatus.Signaled(Signal.of(status), false);
            case SignalH.CLD_DUMPED -> new ExitStatus.Signaled(Signal.of(status), true);
            default -> throw new AssertionError("si_code " + code + " of a process that ended");
        };
    }

    /// What the kernel (from 6.15 on) remembers of a process that was waited for.
    private static Optional<ExitStatus> exitInfo(int pidfd, Arena arena) {
        var info = arena.allocate(LinuxPidfd.PIDFD_INFO);
        info.set(JAVA_LONG, LinuxPidfd.MASK, LinuxPidfd.PIDFD_INFO_EXIT);
        int r = SysIoctl.ioctl(pidfd, LinuxPidfd.PIDFD_GET_INFO, info);
        boolean isKnown =
                r >= 0 && (info.get(JAVA_LONG, LinuxPidfd.MASK) & LinuxPidfd.PIDFD_INFO_EXIT) != 0;
        return isKnown
                ? Optional.of(ofWaitStatus(info.get(JAVA_INT, LinuxPidfd.EXIT_CODE)))
                : Optional.empty();
    }

    /// From the number that wait(2) gives.
    static ExitStatus ofWaitStatus(int status) {
        int signal = status & SIGNAL_MASK;
        return signal == 0
                ? new ExitStatus.Exited((status >> 8) & 0xff)
                : new ExitStatus.Signaled(Signal.of(signal), (status & CORE_DUMPED) != 0);
    }

    /// Sends a signal; 0 only asks.
    ///
    /// @param info a `siginfo_t`, or NULL for one as kill(2) makes it
    /// @return false if nobody is there
    static boolean send(int pidfd, String object, int signal, MemorySegment info, int flags)
            throws OsException {
        int r = LinuxPidfd.pidfd_send_signal(pidfd, signal, info, flags);
        return !Errno.ESRCH.is(r) && OsException.check("pidfd_send_signal", object, r) == 0;
    }

    /// True while the process is there, be it as one that has ended and is not yet waited for.
    private static boolean isThere(int pidfd) {
        return !Errno.ESRCH.is(LinuxPidfd.pidfd_send_signal(pidfd, 0, MemorySegment.NULL, 0));
    }

    /// When it started; empty if it is gone. The number cannot mean another process as long as this
    /// one is there.
    static Optional<ProcessStat> stat(int pidfd, long pid) throws IOException {
        var stat = ProcessStat.of(pid);
        return isThere(pidfd) ? stat : Optional.empty();
    }

    /// Who it is; empty if it is gone.
    static Optional<ProcessInfo> info(int pidfd, long pid, String object) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var info = arena.allocate(LinuxPidfd.PIDFD_INFO);
            info.set(
                    JAVA_LONG,
                    LinuxPidfd.MASK,
                    LinuxPidfd.PIDFD_INFO_PID
                            | LinuxPidfd.PIDFD_INFO_CREDS
                            | LinuxPidfd.PIDFD_INFO_CGROUPID);
            int r = SysIoctl.ioctl(pidfd, LinuxPidfd.PIDFD_GET_INFO, info);
            return switch (Errno.of(Math.max(-r, 0))) {
                case ESRCH -> Optional.empty();
                case ENOTTY, EINVAL -> fromProc(pidfd, pid); // before Linux 6.13
                default -> {
                    OsException.check("ioctl(PIDFD_GET_INFO)", object, r);
                    yield Optional.of(ofInfo(info));
                }
            };
        }
    }

    private static ProcessInfo ofInfo(MemorySegment info) {
        boolean hasCgroup =
                (info.get(JAVA_LONG, LinuxPidfd.MASK) & LinuxPidfd.PIDFD_INFO_CGROUPID) != 0;
        return new ProcessInfo(
                number(info, LinuxPidfd.TGID),
                number(info, LinuxPidfd.PPID),
                new Identity(
                        number(info, LinuxPidfd.RUID),
                        number(info, LinuxPidfd.EUID),
                        number(info, LinuxPidfd.SUID),
                        number(info, LinuxPidfd.FSUID)),
                new Identity(
                        number(info, LinuxPidfd.RGID),
                        number(info, LinuxPidfd.EGID),
                        number(info, LinuxPidfd.SGID),
                        number(info, LinuxPidfd.FSGID)),
                hasCgroup
                        ? OptionalLong.of(info.get(JAVA_LONG, LinuxPidfd.CGROUPID))
                        : OptionalLong.empty());
    }

    private static long number(MemorySegment info, long offset) {
        return Integer.toUnsignedLong(info.get(JAVA_INT, offset));
    }

    private static Optional<ProcessInfo> fromProc(int pidfd, long pid) throws IOException {
        var status = ProcessStat.read("/proc/" + pid + "/status");
        if (!isThere(pidfd)) {
            return Optional.empty(); // and what was read may be about another
        }
        return status.map(text ->
                new ProcessInfo(
                        pid,
                        numbers(text, "PPid")[0],
                        identity(numbers(text, "Uid")),
                        identity(numbers(text, "Gid")),
                        OptionalLong.empty()));
    }

    private static Identity identity(long[] four) {
        return new Identity(four[0], four[1], four[2], four[3]);
    }

    private static long[] numbers(String status, String key) {
        var line = Pattern.compile("(?m)^" + key + ":\\s*(.*)$").matcher(status);
        if (!line.find()) {
            throw new AssertionError("no " + key + " in a status file");
        }
        return Arrays.stream(line.group(1).strip().split("\\s+", -1))
                .mapToLong(Long::parseLong)
                .toArray();
    }
}
