package parley.process;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import parley.kernel.SignalH;
import parley.kernel.SysSyscall;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.ready.Deadline;
import parley.ready.Interest;
import parley.ready.Readiness;

/// A hold on a process: a descriptor that means this process for ever, also when its number belongs
/// to another one by now. See pidfd_open(2).
///
/// That the process has ended is a value and no error. Nothing here takes an exit status away from
/// whoever waits for the process: the JDK for children of `ProcessBuilder`, Parley for those of
/// [Spawn]. Safe for many threads.
public final class PidFd implements AutoCloseable {
    private static final int PROBE = 0; // no signal
    private static final Pattern PID_LINE = Pattern.compile("(?m)^Pid:\\s*(-?\\d+)$");

    private final Fd fd;
    private final long pid;
    private final String object;
    private final @Nullable Reaping reaping; // of a child of ours

    private PidFd(Fd fd, long pid, @Nullable Reaping reaping) {
        this.fd = fd;
        this.pid = pid;
        this.object = object(pid);
        this.reaping = reaping;
    }

    private static String object(long pid) {
        return "process " + pid;
    }

    /// Holds on to the process that has a number now.
    ///
    /// @throws NotFoundException if there is none
    /// @throws OsException `EINVAL`, `ENOENT` if it is the number of a thread
    public static PidFd open(long pid) throws OsException {
        if (pid < 1 || pid > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("not the number of a process: " + pid);
        }
        return new PidFd(pidfd(pid), pid, null);
    }

    private static Fd pidfd(long pid) throws OsException {
        long r = SysSyscall.syscall(SysSyscall.SYS_pidfd_open, pid, 0, 0, 0, 0);
        return Fd.of("pidfd_open", object(pid), (int) r);
    }

    /// Holds on to a certain process, and to no other that may have its number by now.
    ///
    /// @throws NotFoundException if it is gone
    public static PidFd open(ProcessId id) throws IOException {
        var opened = open(id.pid());
        try {
            if (!opened.id().equals(Optional.of(id))) {
                throw OsException.of("pidfd_open", "process " + id, Errno.ESRCH.number());
            }
            return opened;
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /// Holds on to a child of the JDK's.
    ///
    /// @throws NotFoundException if it has ended and the JDK has waited for it
    public static PidFd of(Process process) throws OsException {
        var opened = open(process.pid());
        // The handle knows when the process started; if that still fits, the number was not reused.
        if (process.isAlive() && process.toHandle().isAlive()) {
            return opened;
        }
        opened.close();
        throw OsException.of("pidfd_open", object(process.pid()), Errno.ESRCH.number());
    }

    /// Takes a pidfd that came otherwise: from a Unix socket's peer, or with a message.
    ///
    /// @param fd owned from now on, also if it is refused
    /// @throws NotFoundException if its process is gone
    /// @throws OsException `EBADF` if it is something else
    public static PidFd of(Fd fd) throws IOException {
        try {
            int number = fd.enter();
            try {
                var text = ProcessStat.read("/proc/self/fdinfo/" + number).orElse("");
                var line = PID_LINE.matcher(text);
                if (!line.find()) {
                    throw OsException.of("pidfd", fd.toString(), Errno.EBADF.number());
                }
                long pid = Long.parseLong(line.group(1));
                if (pid < 1) {
                    throw OsException.of("pidfd", fd.toString(), Errno.ESRCH.number());
                }
                return new PidFd(fd, pid, null);
            } finally {
                fd.exit();
            }
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /// That of a child of ours, which nobody else waits for.
    static PidFd ofChild(long pid, ExitWatch watch) throws IOException {
        var fd = pidfd(pid);
        try {
            var reaping = new Reaping(object(pid), fd.number());
            watch.add(fd, reaping);
            return new PidFd(fd, pid, reaping);
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /// Its number, for messages and `/proc`; another process's once this one is gone.
    public long pid() {
        return pid;
    }

    /// Its number and start; empty if it is gone.
    public Optional<ProcessId> id() throws IOException {
        int number = fd.enter();
        try {
            return PidFdCalls.stat(number, pid).map(stat -> new ProcessId(pid, stat.startTicks()));
        } finally {
            fd.exit();
        }
    }

    /// Who it is; empty if it is gone.
    public Optional<ProcessInfo> info() throws IOException {
        int number = fd.enter();
        try {
            return PidFdCalls.info(number, pid, object);
        } finally {
            fd.exit();
        }
    }

    /// True until it has ended. One that has ended but was not waited for yet has ended.
    public boolean isAlive() throws IOException {
        try {
            return !Readiness.await(fd, Interest.READ, Deadline.after(Duration.ZERO));
        } catch (InterruptedException _) { // before it looked, which takes no time
            boolean isAlive = isAlive();
            Thread.currentThread().interrupt();
            return isAlive;
        }
    }

    /// Waits until it has ended. Any process can be waited for, not only children.
    ///
    /// @throws ClosedChannelException if this is closed, meanwhile too
    public void awaitExit() throws IOException, InterruptedException {
        var _ = awaitExit(Deadline.NEVER);
    }

    /// Waits at most `timeout` until it has ended.
    ///
    /// @return false if it still runs
    /// @throws ClosedChannelException if this is closed, meanwhile too
    public boolean awaitExit(Duration timeout) throws IOException, InterruptedException {
        return awaitExit(Deadline.after(timeout));
    }

    boolean awaitExit(Deadline deadline) throws IOException, InterruptedException {
        return Readiness.await(fd, Interest.READ, deadline);
    }

    /// How it ended; empty while it runs, and where the kernel does not tell: before Linux 6.15
    /// only of children that nobody has waited for, later of any process once its parent has
    /// waited.
    public Optional<ExitStatus> exitStatus() throws IOException {
        if (reaping != null) {
            return reaping.now();
        }
        int number = fd.enter();
        try {
            return PidFdCalls.look(number, object);
        } finally {
            fd.exit();
        }
    }

    /// Completes once it has ended, with what [#exitStatus] says then; also if this is closed
    /// before. One platform thread serves all such futures.
    ///
    /// @throws ClosedChannelException if this is closed
    public CompletableFuture<Optional<ExitStatus>> onExit() throws IOException {
        if (reaping != null) {
            return reaping.future().thenApply(Optional::of);
        }
        var exit = new CompletableFuture<Optional<ExitStatus>>();
        ExitWatch.shared().add(fd, pidfd -> completed(exit, pidfd));
        return exit.thenApplyAsync(known -> known);
    }

    private boolean completed(CompletableFuture<Optional<ExitStatus>> exit, int pidfd) {
        try {
            exit.complete(PidFdCalls.look(pidfd, object));
        } catch (IOException | RuntimeException | Error e) {
            exit.completeExceptionally(e);
        }
        return true;
    }

    @Nullable Reaping reaping() {
        return reaping;
    }

    /// Asks it to end: SIGTERM.
    ///
    /// @return false if it had ended
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public boolean terminate() throws IOException {
        return send(SignalH.SIGTERM);
    }

    /// Ends it: SIGKILL.
    ///
    /// @return false if it had ended
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public boolean kill() throws IOException {
        return send(SignalH.SIGKILL);
    }

    /// Interrupts it as Ctrl-C does: SIGINT.
    ///
    /// @return false if it had ended
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public boolean interrupt() throws IOException {
        return send(SignalH.SIGINT);
    }

    /// Tells it that its terminal is gone, or to read its configuration again: SIGHUP.
    ///
    /// @return false if it had ended
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public boolean hangUp() throws IOException {
        return send(SignalH.SIGHUP);
    }

    /// Stops it until [#resume]: SIGSTOP.
    ///
    /// @return false if it had ended
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public boolean stop() throws IOException {
        return send(SignalH.SIGSTOP);
    }

    /// Lets it go on after [#stop]: SIGCONT.
    ///
    /// @return false if it had ended
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public boolean resume() throws IOException {
        return send(SignalH.SIGCONT);
    }

    /// True if this process may send it signals; false also if it has ended.
    public boolean maySignal() throws IOException {
        try {
            return send(PROBE);
        } catch (OsException e) {
            if (e.errno() == Errno.EPERM) {
                return false;
            }
            throw e;
        }
    }

    /// Sends a signal by its number.
    boolean send(int signal) throws IOException {
        if (!isAlive()) {
            return false;
        }
        int number = fd.enter();
        try {
            return PidFdCalls.send(number, object, signal);
        } finally {
            fd.exit();
        }
    }

    /// Takes a copy of a descriptor that it has open, as if it had been sent to us. Needs the right
    /// to trace it: the same user and kernel.yama.ptrace_scope = 0, or CAP_SYS_PTRACE. See
    /// pidfd_getfd(2).
    ///
    /// @param number the descriptor's number there
    /// @throws NotFoundException if it has ended
    /// @throws OsException `EBADF` if it has no such descriptor
    /// @throws parley.os.NotPermittedException if it may not be traced
    public Fd getFd(int number) throws IOException {
        if (number < 0) {
            throw new IllegalArgumentException("not a descriptor's number: " + number);
        }
        int pidfd = fd.enter();
        try {
            long r = SysSyscall.syscall(SysSyscall.SYS_pidfd_getfd, pidfd, number, 0, 0, 0);
            return Fd.of("pidfd_getfd", pid + "/" + number, (int) r);
        } finally {
            fd.exit();
        }
    }

    /// The descriptor, which can be waited on together with others: it is ready to read once the
    /// process has ended.
    public Fd fd() {
        return fd;
    }

    /// Lets go; the process goes on. Calls that wait end with `AsynchronousCloseException`.
    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return object;
    }
}
