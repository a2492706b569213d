package parley.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// How the value of a socket's option stands in memory.
///
/// @param bytes its size
record OptionForm<T>(long bytes, Reader<T> reader, Writer<T> writer) {
    private static final int OFF = 0;

    static final OptionForm<Integer> NUMBER =
            new OptionForm<>(
                    Integer.BYTES,
                    from -> from.get(JAVA_INT, 0),
                    (to, value) -> to.set(JAVA_INT, 0, value));

    static final OptionForm<Boolean> FLAG =
            new OptionForm<>(
                    Integer.BYTES,
                    from -> from.get(JAVA_INT, 0) != OFF,
                    (to, value) -> to.set(JAVA_INT, 0, value ? 1 : OFF));

    static final OptionForm<Long> LONG_NUMBER =
            new OptionForm<>(
                    Long.BYTES,
                    from -> from.get(JAVA_LONG, 0),
                    (to, value) -> to.set(JAVA_LONG, 0, value));

    static final OptionForm<Duration> SECONDS =
            new OptionForm<>(
                    Integer.BYTES,
                    from -> Duration.ofSeconds(from.get(JAVA_INT, 0)),
                    (to, value) -> to.set(JAVA_INT, 0, count(value, TimeUnit.SECONDS)));

    static final OptionForm<Duration> MILLISECONDS =
            new OptionForm<>(
                    Integer.BYTES,
                    from -> Duration.ofMillis(from.get(JAVA_INT, 0)),
                    (to, value) -> to.set(JAVA_INT, 0, count(value, TimeUnit.MILLISECONDS)));

    /// `struct timeval`.
    static final OptionForm<Duration> TIME =
            new OptionForm<>(2 * Long.BYTES, OptionForm::readTime, OptionForm::writeTime);

    /// `struct linger`; negative is off.
    static final OptionForm<Duration> LINGERING =
            new OptionForm<>(2 * Integer.BYTES, OptionForm::readLinger, OptionForm::writeLinger);

    /// Reads a value.
    @FunctionalInterface
    interface Reader<T> {
        T read(MemorySegment from);
    }

    /// Writes a value.
    @FunctionalInterface
    interface Writer<T> {
        void write(MemorySegment to, T value);
    }

    private static Duration readTime(MemorySegment from) {
        long nanos = TimeUnit.MICROSECONDS.toNanos(from.get(JAVA_LONG, Long.BYTES));
        return Duration.ofSeconds(from.get(JAVA_LONG, 0), nanos);
    }

    private static void writeTime(MemorySegment to, Duration value) {
        requireNotNegative(value);
        var rounded = value.plusNanos(TimeUnit.MICROSECONDS.toNanos(1) - 1);
        to.set(JAVA_LONG, 0, rounded.toSeconds());
        to.set(JAVA_LONG, Long.BYTES, TimeUnit.NANOSECONDS.toMicros(rounded.toNanosPart()));
    }

    private static Duration readLinger(MemorySegment from) {
        boolean isOn = from.get(JAVA_INT, 0) != OFF;
        return Duration.ofSeconds(isOn ? from.get(JAVA_INT, Integer.BYTES) : -1);
    }

    private static void writeLinger(MemorySegment to, Duration value) {
        to.set(JAVA_INT, 0, value.isNegative() ? OFF : 1);
        int seconds = value.isNegative() ? 0 : count(value, TimeUnit.SECONDS);
        to.set(JAVA_INT, Integer.BYTES, seconds);
    }

    /// Rounded up: a short time must not become none, which means something else.
    private static int count(Duration value, TimeUnit unit) {
        requireNotNegative(value);
        long count = unit.convert(value);
        if (count < Integer.MAX_VALUE
                && Duration.of(count, unit.toChronoUnit()).compareTo(value) < 0) {
            count++;
        }
        if (count > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("too long: " + value);
        }
        return (int) count;
    }

    private static void requireNotNegative(Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException("a negative time: " + value);
        }
    }
}
