package parley.socket;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import parley.kernel.Time;
import parley.os.Errno;
import parley.os.Spelling;

/// Something that a service tells its manager, as a line of text: `READY=1`. See sd_notify(3).
public final class Notification {
    /// The service has started, or has read its configuration again. (`READY=1`)
    public static final Notification READY = new Notification("READY=1");

    /// The service is about to end. (`STOPPING=1`)
    public static final Notification STOPPING = new Notification("STOPPING=1");

    /// The service is alive, to be said more often than [ServiceManager#watchdogInterval] asks for.
    /// (`WATCHDOG=1`)
    public static final Notification WATCHDOG = new Notification("WATCHDOG=1");

    /// The service has found itself broken, and asks for what its watchdog would do.
    /// (`WATCHDOG=trigger`)
    public static final Notification WATCHDOG_TRIGGER = new Notification("WATCHDOG=trigger");

    static final Notification FDSTORE = new Notification("FDSTORE=1");
    static final Notification FDSTOREREMOVE = new Notification("FDSTOREREMOVE=1");
    static final Notification BARRIER = new Notification("BARRIER=1");

    private static final Pattern NAME = Pattern.compile("[A-Z][A-Z0-9_]*");
    private static final Pattern DESCRIPTOR_NAME = Pattern.compile("[ -~&&[^:]]{1,255}");

    private final String text;

    private Notification(String text) {
        this.text = text;
    }

    /// Any variable, such as one that is newer than this class, or of its own: `X_…`.
    ///
    /// @param name upper-case letters, digits, underscores
    /// @param value without line ends and zeros
    public static Notification of(String name, String value) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not the name of a variable: " + name);
        }
        if (value.indexOf('\n') >= 0 || value.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("more than a line is no value of " + name);
        }
        return new Notification(name + "=" + value);
    }

    /// The service begins to read its configuration again, now; [#READY] says when it has.
    /// (`RELOADING=1` with `MONOTONIC_USEC`)
    public static Notification reloading() {
        try (var arena = Arena.ofConfined()) {
            var now = arena.allocate(Time.TIMESPEC);
            Time.clock_gettime(Time.CLOCK_MONOTONIC, now);
            long micros =
                    TimeUnit.SECONDS.toMicros(now.get(JAVA_LONG, Time.TV_SEC))
                            + TimeUnit.NANOSECONDS.toMicros(now.get(JAVA_LONG, Time.TV_NSEC));
            return new Notification("RELOADING=1\nMONOTONIC_USEC=" + micros);
        }
    }

    /// What the service does, in words for people: `systemctl status` shows them. (`STATUS`)
    ///
    /// @param words a line
    public static Notification status(String words) {
        return of("STATUS", words);
    }

    /// What the service fails with. (`ERRNO`)
    public static Notification errno(Errno errno) {
        return of("ERRNO", "" + errno.number());
    }

    /// Which process is the service's main one, if it is not the one that was started. (`MAINPID`)
    public static Notification mainPid(long pid) {
        if (pid < 1) {
            throw new IllegalArgumentException("not the number of a process: " + pid);
        }
        return of("MAINPID", "" + pid);
    }

    /// Starting, or ending, takes so much longer from now on. (`EXTEND_TIMEOUT_USEC`)
    public static Notification extendTimeout(Duration more) {
        return of("EXTEND_TIMEOUT_USEC", microseconds(more));
    }

    /// From now on, what [ServiceManager#watchdogInterval] would say. (`WATCHDOG_USEC`)
    public static Notification watchdogInterval(Duration interval) {
        return of("WATCHDOG_USEC", microseconds(interval));
    }

    private static String microseconds(Duration time) {
        long count = TimeUnit.MICROSECONDS.convert(time);
        if (count < 1) {
            throw new IllegalArgumentException("at least a microsecond, not " + time);
        }
        return "" + count;
    }

    /// What descriptors are kept as. (`FDNAME`)
    static Notification descriptorName(String name) {
        if (!DESCRIPTOR_NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "a descriptor's name has 1 to 255 printable ASCII characters and no colon: "
                            + Spelling.escape(name));
        }
        return of("FDNAME", name);
    }

    /// As it is sent, without a line end.
    @Override
    public String toString() {
        return text;
    }
}
