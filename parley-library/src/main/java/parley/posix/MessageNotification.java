package parley.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import parley.kernel.LinuxMqueue;
import parley.kernel.Mqueue;
import parley.kernel.SignalH;
import parley.kernel.SysSocket;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.Lifetime;
import parley.os.OsException;
import parley.ready.Deadline;
import parley.ready.Interest;
import parley.ready.Readiness;
import parley.ready.Readiness.Attempt;
import parley.signal.Signal;

/// The one registration that a queue has, of a process that is to be told when a message comes to
/// the empty queue. See mq_notify(3).
///
/// It is for one message: then the place is free, for this process ([#rearm]) or another. A message
/// that comes to a queue which is not empty, or that somebody gets who sleeps in mq_receive(3) (a
/// platform thread in `receive` without a Duration does), does not count. So rearm first, and then
/// receive until nothing is left: what comes in between is found, what comes later is notified.
///
/// It goes with the process, and when this process closes *any* opening of the queue: that is the
/// kernel's rule. Safe for many threads.
public final class MessageNotification implements AutoCloseable {
    private static final Attempt RECEIVE =
            Attempt.of(
                    (fd, into, _) -> SysSocket.recv(fd, into, SysSocket.MSG_DONTWAIT),
                    (fd, into, _) -> SysSocket.recv(fd, into, 0));

    private final Fd queue;
    private final String address;
    private final Way way;
    private final int signal; // or the number of the socket
    private final long value;
    private final @Nullable Fd socket; // of the thread
    private final Lifetime lifetime = new Lifetime(this::release);

    private MessageNotification(
            Fd queue, String address, Way way, int signal, long value, @Nullable Fd socket) {
        this.queue = queue;
        this.address = address;
        this.way = way;
        this.signal = signal;
        this.value = value;
        this.socket = socket;
    }

    /// What a thread does when a message has come.
    @FunctionalInterface
    public interface Action {
        /// Is called on that thread; what it throws goes to its uncaught exception handler.
        ///
        /// @param notification to be rearmed
        void run(MessageNotification notification) throws IOException, InterruptedException;
    }

    /// How a process is notified.
    public enum Way {
        /// By a signal, `SIGEV_SIGNAL`.
        SIGNAL(SignalH.SIGEV_SIGNAL),
        /// By code on a thread of its own, `SIGEV_THREAD`.
        THREAD(SignalH.SIGEV_THREAD),
        /// Not at all, `SIGEV_NONE`: nobody else can be.
        NOTHING(SignalH.SIGEV_NONE);

        private final int number;

        Way(int number) {
            this.number = number;
        }
    }

    /// Who is to be notified.
    ///
    /// @param pid the process; 0 if it is in a PID namespace that cannot be seen from here
    /// @param signal which one, if by a signal
    public record Registered(int pid, Way way, Optional<Signal> signal) {}

    static MessageNotification bySignal(Fd queue, String address, Signal signal, long value)
            throws IOException {
        var made =
                new MessageNotification(queue, address, Way.SIGNAL, signal.number(), value, null);
        made.rearm();
        return made;
    }

    static MessageNotification nothing(Fd queue, String address) throws IOException {
        var made = new MessageNotification(queue, address, Way.NOTHING, 0, 0, null);
        made.rearm();
        return made;
    }

    /// The kernel tells a netlink socket, as it does for libc, which has a thread in C wait there;
    /// here it is a virtual one, which parks.
    static MessageNotification onThread(Fd queue, String address, Action action)
            throws IOException {
        int type = SysSocket.SOCK_RAW | SysSocket.SOCK_CLOEXEC;
        var socket = Fd.of("socket", "netlink", SysSocket.socket(SysSocket.AF_NETLINK, type, 0));
        var made = new MessageNotification(queue, address, Way.THREAD, socket.number(), 0, socket);
        try {
            made.rearm();
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
        Thread.ofVirtual().name("parley-notified " + address).start(() -> made.run(socket, action));
        return made;
    }

    /// Registers again, for the next message that comes to the empty queue.
    ///
    /// @throws OsException `EBUSY` if a process is registered, this one included; the message says
    ///   which, if the queue is open for receiving
    /// @throws ClosedChannelException if this or the queue is closed; by a thread, also if the
    ///   registration went with another opening of the queue
    public void rearm() throws IOException {
        lifetime.enter();
        try {
            if (socket == null) {
                register();
            } else {
                registerWith(socket);
            }
        } finally {
            lifetime.exit();
        }
    }

    /// The socket is closed before this is, if the registration has ended without a message.
    private void registerWith(Fd open) throws IOException {
        open.enter();
        try {
            register();
        } finally {
            open.exit();
        }
    }

    private void register() throws IOException {
        int number = queue.enter();
        try (var arena = Arena.ofConfined()) {
            var event = arena.allocate(SignalH.SIGEVENT);
            var cookie = arena.allocate(LinuxMqueue.NOTIFY_COOKIE_LEN); // ours means nothing
            event.set(JAVA_INT, SignalH.SIGEV_NOTIFY, way.number);
            event.set(JAVA_INT, SignalH.SIGEV_SIGNO, signal);
            event.set(JAVA_LONG, SignalH.SIGEV_VALUE, way == Way.THREAD ? cookie.address() : value);
            int r = Mqueue.mq_notify(number, event);
            if (Errno.EBUSY.is(r)) {
                throw OsException.of("mq_notify", address, -r, whoIsRegistered());
            }
            OsException.check("mq_notify", address, r);
        } finally {
            queue.exit();
        }
    }

    private String whoIsRegistered() throws IOException {
        try {
            return QueueFile.read(queue, address).registered().map(this::words).orElse("");
        } catch (OsException _) { // open for sending only
            return "";
        }
    }

    private String words(Registered registered) {
        int pid = registered.pid();
        var who =
                pid == ProcessHandle.current().pid()
                        ? "this process"
                        : pid == 0 ? "a process of another PID namespace" : "process " + pid;
        return switch (registered.way()) {
            case SIGNAL -> who + " is, by " + registered.signal().map(Signal::name).orElse("none");
            case THREAD -> who + " is, by a thread";
            case NOTHING -> who + " has the place, and is told nothing";
        };
    }

    private void run(Fd from, Action action) {
        try (from;
                var arena = Arena.ofConfined()) {
            var cookie = arena.allocate(LinuxMqueue.NOTIFY_COOKIE_LEN);
            while (isMessage(from, cookie)) {
                act(action);
                boolean _ = Thread.interrupted(); // of the action; who wants an end closes this
            }
        } catch (ClosedChannelException _) {
            // That was its end.
        } catch (IOException | InterruptedException e) {
            report(e);
        }
    }

    private void act(Action action) {
        try {
            action.run(this);
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            if (lifetime.isOpen() || !(e instanceof ClosedChannelException)) {
                report(e);
            }
        }
    }

    /// False if the registration has ended without a message.
    private boolean isMessage(Fd from, MemorySegment cookie)
            throws IOException, InterruptedException {
        long r = Readiness.await(from, Interest.READ, Deadline.NEVER, RECEIVE, cookie, 0);
        OsException.check("recv", "netlink", r);
        int last = LinuxMqueue.NOTIFY_COOKIE_LEN - 1;
        return cookie.get(JAVA_BYTE, last) == LinuxMqueue.NOTIFY_WOKENUP;
    }

    private static void report(Throwable thrown) {
        var thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
    }

    /// How this process is notified.
    public Way way() {
        return way;
    }

    /// Ends the registration that this process has with the queue; a thread's action that runs goes
    /// on to its end. More calls, and calls after the queue is closed, do nothing.
    @Override
    public void close() {
        lifetime.close();
    }

    private void release() {
        try {
            int number = queue.enter();
            try {
                Mqueue.mq_notify(number, MemorySegment.NULL); // of a queue it cannot fail
            } finally {
                queue.exit();
            }
        } catch (ClosedChannelException _) {
            // The registration has gone with the descriptor.
        }
        if (socket != null) {
            socket.close();
        }
    }

    @Override
    public String toString() {
        return address + " by " + way;
    }
}
