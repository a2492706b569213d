package parley.socket;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import parley.kernel.Fcntl;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.pipe.Pipe;
import parley.ready.Deadline;
import parley.ready.Interest;
import parley.ready.Readiness;
import parley.socket.ControlMessage.Descriptors;

/// What started this process and looks after it: systemd, or a program that speaks as it does. See
/// sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3).
///
/// The environment says whether there is one. Where there is none, nothing is an error: telling it
/// something returns false, and there are no descriptors. A JVM cannot take variables out of its
/// environment: children find them too, unless they are started without. Safe for many threads.
public final class ServiceManager {
    /// Bytes of the longest message that systemd reads.
    public static final int MESSAGE_BYTES_MAX = 4096;

    private static final ServiceManager CURRENT = new ServiceManager(System.getenv());
    private static final Duration WITHOUT_END = ChronoUnit.FOREVER.getDuration();
    private static final int FIRST_DESCRIPTOR = 3; // SD_LISTEN_FDS_START
    private static final String UNKNOWN = "unknown";

    private final Map<String, String> environment;
    private final AtomicBoolean isTaken = new AtomicBoolean();

    private ServiceManager(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /// That of this process.
    public static ServiceManager current() {
        return CURRENT;
    }

    /// One of whom these variables tell, `NOTIFY_SOCKET` and the rest: another one than the
    /// environment's.
    public static ServiceManager of(Map<String, String> environment) {
        return new ServiceManager(environment);
    }

    /// Where it listens, if there is one to tell something to. (`NOTIFY_SOCKET`)
    ///
    /// @throws OsException `EAFNOSUPPORT` if that is no Unix socket
    public Optional<UnixAddress> address() throws OsException {
        var text = environment.getOrDefault("NOTIFY_SOCKET", "");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        return switch (text.charAt(0)) {
            case '/' -> Optional.of(UnixAddress.path(Path.of(text)));
            case '@' -> Optional.of(UnixAddress.abstractName(text.substring(1)));
            default -> throw OsException.of("sd_notify", text, Errno.EAFNOSUPPORT.number());
        };
    }

    /// Tells it something, in one message, waiting while its queue is full.
    ///
    /// @return false if there is nobody to tell
    /// @throws IllegalArgumentException if it is longer than [#MESSAGE_BYTES_MAX]
    /// @throws OsException if it does not listen where it says
    public boolean send(Notification... notifications) throws IOException, InterruptedException {
        if (notifications.length == 0) {
            throw new IllegalArgumentException("nothing to tell");
        }
        var to = address();
        return to.isPresent() && send(to.get(), List.of(), WITHOUT_END, notifications);
    }

    /// False if its queue was full for so long.
    private static boolean send(
            UnixAddress to,
            List<ControlMessage> controls,
            Duration timeout,
            Notification... notifications)
            throws IOException, InterruptedException {
        var text =
                List.of(notifications).stream()
                        .map(each -> each + "\n")
                        .collect(Collectors.joining());
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MESSAGE_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "a service manager reads at most %d bytes, not %d"
                            .formatted(MESSAGE_BYTES_MAX, bytes.length));
        }
        try (var socket = UnixDatagramSocket.unbound();
                var arena = Arena.ofConfined()) {
            var message = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            return socket.send(message, to, controls, timeout);
        }
    }

    /// Gives it descriptors to keep, so that the service finds them again when it is restarted,
    /// also after a crash: [#takeDescriptors]. The unit's `FileDescriptorStoreMax=` has to allow
    /// it. (`FDSTORE`, `FDNAME`)
    ///
    /// @param name printable ASCII characters, at most 255, without a colon
    /// @param fds stay open here
    /// @return false if there is nobody to keep them
    public boolean store(String name, Fd... fds) throws IOException, InterruptedException {
        var to = address();
        return to.isPresent()
                && send(
                        to.get(),
                        List.of(Descriptors.of(fds)),
                        WITHOUT_END,
                        Notification.FDSTORE,
                        Notification.descriptorName(name));
    }

    /// Lets it close the descriptors that it keeps under a name. (`FDSTOREREMOVE`)
    ///
    /// @return false if there is nobody who keeps them
    public boolean remove(String name) throws IOException, InterruptedException {
        return send(Notification.FDSTOREREMOVE, Notification.descriptorName(name));
    }

    /// Waits until it has dealt with all that was sent to it before. (`BARRIER`)
    ///
    /// @return false if it had not in time; true also if there is none
    public boolean awaitBarrier(Duration timeout) throws IOException, InterruptedException {
        var deadline = Deadline.after(timeout);
        var to = address();
        if (to.isEmpty()) {
            return true;
        }
        try (var pipe = Pipe.create()) {
            var theirEnd = Descriptors.of(pipe.sink().fd());
            if (!send(to.get(), List.of(theirEnd), timeout, Notification.BARRIER)) {
                return false;
            }
            pipe.sink().close(); // it has the only one, and closes that
            return Readiness.await(pipe.source().fd(), Interest.READ, deadline);
        }
    }

    /// How often at least it wants to hear [Notification#WATCHDOG], if it does; half of that is
    /// advised. (`WATCHDOG_USEC`, `WATCHDOG_PID`)
    ///
    /// @throws IllegalArgumentException if a variable is not what it has to be
    public Optional<Duration> watchdogInterval() {
        if (!environment.containsKey("WATCHDOG_USEC") || !isForThisProcess("WATCHDOG_PID", true)) {
            return Optional.empty();
        }
        long micros = number("WATCHDOG_USEC", Long.MAX_VALUE);
        return Optional.of(Duration.of(micros, ChronoUnit.MICROS));
    }

    /// The descriptors that it gave to this process: the sockets of its unit, and what was stored.
    /// The second time there are none. (`LISTEN_FDS`, `LISTEN_PID`, `LISTEN_FDNAMES`)
    ///
    /// @throws IllegalArgumentException if a variable is not what it has to be
    /// @throws OsException `EBADF` if one is not open
    public List<PassedDescriptor> takeDescriptors() throws IOException {
        if (!isForThisProcess("LISTEN_PID", false) || !environment.containsKey("LISTEN_FDS")) {
            return List.of();
        }
        int count = (int) number("LISTEN_FDS", Integer.MAX_VALUE - FIRST_DESCRIPTOR);
        var names = names(count);
        for (int i = 0; i < count; i++) { // all or none
            int r = Fcntl.fcntl(FIRST_DESCRIPTOR + i, Fcntl.F_GETFD, 0);
            OsException.check("fcntl(F_GETFD)", "LISTEN_FDS=" + count, r);
        }
        if (isTaken.getAndSet(true)) {
            return List.of();
        }
        var passed = new ArrayList<PassedDescriptor>();
        for (int i = 0; i < count; i++) {
            passed.add(new PassedDescriptor(names.get(i), adopt(FIRST_DESCRIPTOR + i)));
        }
        return passed;
    }

    private List<String> names(int count) {
        var text = environment.get("LISTEN_FDNAMES");
        if (text == null) {
            return Collections.nCopies(count, UNKNOWN);
        }
        var names = Arrays.asList(text.split(":", -1));
        if (names.size() != count) {
            throw refusal("LISTEN_FDNAMES", text, count + " names");
        }
        return names;
    }

    private static Fd adopt(int number) throws OsException {
        var fd = Fd.adopt(number);
        int r = Fcntl.fcntl(number, Fcntl.F_SETFD, Fcntl.FD_CLOEXEC);
        OsException.check("fcntl(F_SETFD)", fd.toString(), r);
        return fd;
    }

    /// The variables are inherited by processes that they are not meant for.
    private boolean isForThisProcess(String name, boolean ifNotSaid) {
        if (!environment.containsKey(name)) {
            return ifNotSaid;
        }
        return number(name, Integer.MAX_VALUE) == ProcessHandle.current().pid();
    }

    private long number(String name, long max) {
        var text = environment.getOrDefault(name, "");
        try {
            long number = Long.parseLong(text);
            if (number > 0 && number <= max) {
                return number;
            }
        } catch (NumberFormatException _) {
            // refused below
        }
        throw refusal(name, text, "a number from 1 to " + max);
    }

    private static IllegalArgumentException refusal(String name, String text, String expected) {
        return new IllegalArgumentException(
                "%s has to be %s, and is: %s".formatted(name, expected, text));
    }
}
