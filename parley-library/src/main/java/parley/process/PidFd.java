package parley.process;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import parley.kernel.LinuxPidfd;
import parley.kernel.SignalH;
import parley.kernel.Unistd;
import parley.os.Capability;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.ready.Deadline;
import parley.ready.Interest;
import parley.ready.Readiness;
import parley.signal.Signal;

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
        int r = LinuxPidfd.pidfd_open((int) pid, 0);
        return Fd.of("pidfd_open", object(pid), r);
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
        return send(Signal.TERM);
    }

    /// Ends it: SIGKILL.
    ///
    /// @return false if it had ended
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public boolean kill() throws IOException {
        return send(Signal.KILL);
    }

    /// Interrupts it as Ctrl-C does: SIGINT.
    ///
    /// @return false if it had ended
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public boolean interrupt() throws IOException {
        return send(Signal.INT);
    }

    /// Tells it that its terminal is gone, or to read its configuration again: SIGHUP.
    ///
    /// @return false if it had ended
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public boolean hangUp() throws IOException {
        return send(Signal.HUP);
    }

    /// Stops it until [#resume]: SIGSTOP.
    ///
    /// @return false if it had ended
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public boolean stop() throws IOException {
        return send(Signal.STOP);
    }

    /// Lets it go on after [#stop]: SIGCONT.
    ///
    /// @return false if it had ended
    /// @throws parley.os.NotPermittedException if it belongs to another user
    public boolean resume() throws IOException {
        return send(Signal.CONT);
    }

    /// True if this process may send it signals; false also if it has ended. Why, says
    /// `Signals.maySignal`.
    public boolean maySignal() throws IOException {
        try {
            return isAlive() && sent(PROBE, MemorySegment.NULL, Scope.PROCESS);
        } catch (OsException e) {
            if (e.errno() == Errno.EPERM) {
                return false;
            }
            throw e;
        }
    }

    /// To whom a signal goes.
    public enum Scope {
        /// The process: any of its threads takes it.
        PROCESS(0),
        /// Its first thread alone.
        THREAD(LinuxPidfd.PIDFD_SIGNAL_THREAD),
        /// All processes of the group whose number is this process's, also when it has ended
        /// itself: the group that it made, not one that it is a mere member of.
        PROCESS_GROUP(LinuxPidfd.PIDFD_SIGNAL_PROCESS_GROUP);

        private final int flags;

        Scope(int flags) {
            this.flags = flags;
        }
    }

    /// Sends it a signal. A real-time signal is queued with the value 0, as `Signals.send` does.
    ///
    /// @return false if it had ended
    /// @throws parley.os.NotPermittedException if it belongs to another user
    /// @throws parley.os.LimitReachedException if it is a real-time signal, and no more can be
    ///   queued
    public boolean send(Signal signal) throws IOException {
        return send(signal, Scope.PROCESS);
    }

    /// Sends it a signal with a value, as sigqueue(3) does.
    ///
    /// @param value 64 bits, of which a receiver in C that reads `sival_int` has the lower 32
    /// @return false if it had ended
    /// @throws parley.os.NotPermittedException if it belongs to another user
    /// @throws parley.os.LimitReachedException if it is a real-time signal, and no more can be
    ///   queued
    public boolean send(Signal signal, long value) throws IOException {
        return send(signal, value, Scope.PROCESS);
    }

    /// Sends a signal to it, its first thread, or the group it made; all but the process need
    /// `Capability.PIDFD_SIGNAL_SCOPE`.
    ///
    /// @return false if there is nobody any more
    /// @throws parley.os.NotPermittedException if it belongs to another user; of a group, all
    /// @throws parley.os.LimitReachedException if it is a real-time signal, and no more can be
    ///   queued; of a group, for none
    /// @throws UnsupportedOperationException if this kernel cannot do it
    public boolean send(Signal signal, Scope scope) throws IOException {
        if (signal.isRealTime() && scope != Scope.THREAD) { // else it could be lost without a word
            return send(signal, 0, scope);
        }
        return isSomebodyThere(scope) && sent(signal.number(), MemorySegment.NULL, scope);
    }

    /// Sends a signal with a value, as the two above.
    ///
    /// @return false if there is nobody any more
    /// @throws parley.os.NotPermittedException if it belongs to another user; of a group, all
    /// @throws parley.os.LimitReachedException if it is a real-time signal, and no more can be
    ///   queued; of a group, for none
    /// @throws UnsupportedOperationException if this kernel cannot do it
    public boolean send(Signal signal, long value, Scope scope) throws IOException {
        int own = (int) ProcessHandle.current().pid();
        try (var arena = Arena.ofConfined()) {
            var info =
                    SignalH.sent(
                            arena, signal.number(), SignalH.SI_QUEUE, own, Unistd.getuid(), value);
            return isSomebodyThere(scope) && sent(signal.number(), info, scope);
        }
    }

    /// A process that has ended and was not waited for still takes signals, to no effect. Its group
    /// may go on without it.
    private boolean isSomebodyThere(Scope scope) throws IOException {
        if (scope != Scope.PROCESS) {
            Capability.PIDFD_SIGNAL_SCOPE
                    .unavailabilityCause()
                    .ifPresent(cause -> {
                        throw new UnsupportedOperationException(cause);
                    });
        }
        return scope == Scope.PROCESS_GROUP || isAlive();
    }

    private boolean sent(int signal, MemorySegment info, Scope scope) throws IOException {
        int number = fd.enter();
        try {
            return PidFdCalls.send(number, object, signal, info, scope.flags);
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
            int r = LinuxPidfd.pidfd_getfd(pidfd, number, 0);
            return Fd.of("pidfd_getfd", pid + "/" + number, r);
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
