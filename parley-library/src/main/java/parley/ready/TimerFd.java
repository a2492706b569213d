package parley.ready;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import parley.kernel.Pool;
import parley.kernel.SysTimerfd;
import parley.kernel.Time;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;

/// A timer that is waited for as a descriptor: it counts how often it has expired. See
/// timerfd_create(2).
///
/// Ready to read once it has expired and nobody has taken that. Safe for many threads.
public final class TimerFd implements AutoCloseable {
    /// What [#tryAwait] and [#await(Duration)] return if the timer has not expired.
    public static final long NOT_EXPIRED = 0;

    /// What the waits return if somebody set the clock, and the timer was started with
    /// [ClockChange#CANCEL]: `ECANCELED`. Reported once per change; the timer goes on.
    public static final long CLOCK_CHANGED = -1;

    private final Fd fd;
    private final Clock clock;
    private final String object;
    private final Pool<WordBuffer> buffers = WordBuffer.newPool();

    private TimerFd(Fd fd, Clock clock) {
        this.fd = fd;
        this.clock = clock;
        this.object = "timerfd " + fd;
    }

    /// What a timer goes by.
    public enum Clock {
        /// Time since some moment before the start of the system, without its time in suspend: what
        /// `System.nanoTime` counts. `CLOCK_MONOTONIC`.
        MONOTONIC(Time.CLOCK_MONOTONIC, Time.CLOCK_MONOTONIC),
        /// The time of day, which may be set: `CLOCK_REALTIME`.
        REALTIME(Time.CLOCK_REALTIME, Time.CLOCK_REALTIME),
        /// Time since the start of the system, with its time in suspend: `CLOCK_BOOTTIME`.
        BOOTTIME(Time.CLOCK_BOOTTIME, Time.CLOCK_BOOTTIME),
        /// As REALTIME, and it wakes the system from suspend: `CLOCK_REALTIME_ALARM`. Needs
        /// CAP_WAKE_ALARM.
        REALTIME_ALARM(Time.CLOCK_REALTIME_ALARM, Time.CLOCK_REALTIME),
        /// As BOOTTIME, and it wakes the system from suspend: `CLOCK_BOOTTIME_ALARM`. Needs
        /// CAP_WAKE_ALARM.
        BOOTTIME_ALARM(Time.CLOCK_BOOTTIME_ALARM, Time.CLOCK_BOOTTIME);

        private final int number;
        private final int read; // the clock of the same time that needs no device

        Clock(int number, int read) {
            this.number = number;
            this.read = read;
        }

        /// What it shows now: for REALTIME the time since 1970, else since a moment of its own.
        public Duration now() {
            try (var arena = Arena.ofConfined()) {
                var now = arena.allocate(Time.TIMESPEC);
                Time.clock_gettime(read, now); // cannot fail: see clock_gettime(2)
                return duration(now, 0);
            }
        }

        private boolean isTimeOfDay() {
            return read == Time.CLOCK_REALTIME;
        }
    }

    /// What becomes of a timer for a moment of the day when somebody sets the clock.
    public enum ClockChange {
        /// It expires when the clock shows the moment, which may come earlier or later now.
        FOLLOW,
        /// It is told as [#CLOCK_CHANGED], so that the moment can be thought over:
        /// `TFD_TIMER_CANCEL_ON_SET`.
        CANCEL
    }

    /// Creates a timer by the monotonic clock, not yet started.
    ///
    /// @throws OsException `EMFILE`, `ENFILE` at a limit of descriptors
    public static TimerFd create() throws OsException {
        return create(Clock.MONOTONIC);
    }

    /// Creates a timer, not yet started. It does not pass to child processes.
    ///
    /// @throws parley.os.NotPermittedException for an alarm clock without CAP_WAKE_ALARM
    /// @throws OsException `EMFILE`, `ENFILE` at a limit of descriptors
    public static TimerFd create(Clock clock) throws OsException {
        int r = SysTimerfd.timerfd_create(clock.number, SysTimerfd.TFD_CLOEXEC);
        return new TimerFd(Fd.of("timerfd_create", "", r), clock);
    }

    /// A timer that this process got as a descriptor: inherited, or received over a Unix socket. It
    /// is owned from now on.
    ///
    /// @param clock the one it was created with
    public static TimerFd of(Fd fd, Clock clock) {
        return new TimerFd(fd, clock);
    }

    /// The descriptor, which this owns.
    public Fd fd() {
        return fd;
    }

    /// The clock it goes by.
    public Clock clock() {
        return clock;
    }

    /// Expires once, `delay` from now; zero or less: at once. What was started before is forgotten,
    /// expirations too.
    public void start(Duration delay) throws IOException {
        settime(0, delay, Duration.ZERO);
    }

    /// Expires first `delay` from now, then every `period`.
    ///
    /// @param period more than zero
    public void start(Duration delay, Duration period) throws IOException {
        settime(0, delay, requirePeriod(period));
    }

    /// Expires once, when its clock shows `moment`; at once if it does already.
    ///
    /// @param moment as [Clock#now] shows it
    public void startAt(Duration moment) throws IOException {
        settime(SysTimerfd.TFD_TIMER_ABSTIME, moment, Duration.ZERO);
    }

    /// Expires first when its clock shows `moment`, then every `period`.
    ///
    /// @param moment as [Clock#now] shows it
    /// @param period more than zero
    public void startAt(Duration moment, Duration period) throws IOException {
        settime(SysTimerfd.TFD_TIMER_ABSTIME, moment, requirePeriod(period));
    }

    /// Expires once, at a moment of the day; at once if it is over.
    ///
    /// @throws IllegalStateException if its clock does not show the time of day
    public void startAt(Instant moment, ClockChange change) throws IOException {
        settime(flags(change), sinceEpoch(moment), Duration.ZERO);
    }

    /// Expires first at a moment of the day, then every `period`.
    ///
    /// @param period more than zero
    /// @throws IllegalStateException if its clock does not show the time of day
    public void startAt(Instant moment, Duration period, ClockChange change) throws IOException {
        settime(flags(change), sinceEpoch(moment), requirePeriod(period));
    }

    private int flags(ClockChange change) {
        if (!clock.isTimeOfDay()) {
            throw new IllegalStateException(clock + " does not show the time of day");
        }
        return switch (change) {
            case FOLLOW -> SysTimerfd.TFD_TIMER_ABSTIME;
            case CANCEL -> SysTimerfd.TFD_TIMER_ABSTIME | SysTimerfd.TFD_TIMER_CANCEL_ON_SET;
        };
    }

    private static Duration sinceEpoch(Instant moment) {
        return Duration.ofSeconds(moment.getEpochSecond(), moment.getNano());
    }

    private static Duration requirePeriod(Duration period) {
        if (!period.isPositive()) {
            throw new IllegalArgumentException("a period of " + period);
        }
        return period;
    }

    /// A first time of zero would stop the timer; a nanosecond is over at once too.
    private void settime(int flags, Duration first, Duration period) throws IOException {
        settimeAsIs(flags, first.isPositive() ? first : Duration.ofNanos(1), period);
    }

    private void settimeAsIs(int flags, Duration first, Duration period) throws IOException {
        int number = fd.enter();
        try (var arena = Arena.ofConfined()) {
            var time = arena.allocate(Time.ITIMERSPEC);
            put(first, time, Time.IT_VALUE);
            put(period, time, Time.IT_INTERVAL);
            int r = SysTimerfd.timerfd_settime(number, flags, time, MemorySegment.NULL);
            if (!Errno.ECANCELED.is(r)) { // set all the same; it tells of a change before
                OsException.check("timerfd_settime", object, r);
            }
        } finally {
            fd.exit();
        }
    }

    private static void put(Duration duration, MemorySegment to, long offset) {
        to.set(JAVA_LONG, offset + Time.TV_SEC, duration.getSeconds());
        to.set(JAVA_LONG, offset + Time.TV_NSEC, duration.getNano());
    }

    private static Duration duration(MemorySegment from, long offset) {
        return Duration.ofSeconds(
                from.get(JAVA_LONG, offset + Time.TV_SEC),
                from.get(JAVA_LONG, offset + Time.TV_NSEC));
    }

    /// Stops it; it does not expire any more, and expirations that nobody took are forgotten.
    public void disarm() throws IOException {
        settimeAsIs(0, Duration.ZERO, Duration.ZERO);
    }

    /// How long until it expires next; empty if it is not started, or has expired for the last
    /// time.
    public Optional<Duration> remaining() throws IOException {
        return gettime(Time.IT_VALUE);
    }

    /// The time between expirations; empty if it expires once, or is not started.
    public Optional<Duration> period() throws IOException {
        return gettime(Time.IT_INTERVAL);
    }

    private Optional<Duration> gettime(long offset) throws IOException {
        int number = fd.enter();
        try (var arena = Arena.ofConfined()) {
            var time = arena.allocate(Time.ITIMERSPEC);
            int r = SysTimerfd.timerfd_gettime(number, time);
            OsException.check("timerfd_gettime", object, r);
            return Optional.of(duration(time, offset)).filter(Duration::isPositive);
        } finally {
            fd.exit();
        }
    }

    /// Waits until it has expired, and takes that.
    ///
    /// @return how often it has since that was last taken, at least 1; [#CLOCK_CHANGED]
    /// @throws java.nio.channels.ClosedChannelException if this is closed, meanwhile too
    public long await() throws IOException, InterruptedException {
        return await(Deadline.NEVER);
    }

    /// Takes the expirations there are; never waits.
    ///
    /// @return how often it has expired; [#NOT_EXPIRED]; [#CLOCK_CHANGED]
    public long tryAwait() throws IOException {
        var buffer = buffers.acquire();
        try {
            return expirations(buffer, Readiness.attempt(fd, buffer.read, buffer.word(), 0));
        } finally {
            buffers.release(buffer);
        }
    }

    /// Waits until it has expired, at most `timeout`, and takes that.
    ///
    /// @return how often it has expired; [#NOT_EXPIRED]; [#CLOCK_CHANGED]
    public long await(Duration timeout) throws IOException, InterruptedException {
        return await(Deadline.after(timeout));
    }

    private long await(Deadline deadline) throws IOException, InterruptedException {
        var buffer = buffers.acquire();
        try {
            var read = Interest.READ;
            var word = buffer.word();
            return expirations(buffer, Readiness.await(fd, read, deadline, buffer.read, word, 0));
        } finally {
            buffers.release(buffer);
        }
    }

    private long expirations(WordBuffer buffer, long r) throws OsException {
        if (Errno.EAGAIN.is(r)) {
            return NOT_EXPIRED;
        }
        if (Errno.ECANCELED.is(r)) {
            return CLOCK_CHANGED;
        }
        OsException.check("read", object, r);
        return buffer.get();
    }

    /// True until [#close].
    public boolean isOpen() {
        return fd.isOpen();
    }

    /// Closes; the timer stops when nobody else has it. Waits in other threads end with
    /// `AsynchronousCloseException`.
    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return object;
    }
}
