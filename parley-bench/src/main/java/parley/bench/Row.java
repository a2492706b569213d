package parley.bench;

import java.util.List;
import java.util.OptionalDouble;

/// One line of the report.
///
/// @param measure what was measured: `round-trip`
/// @param subject of what: `pipe`
/// @param setting under which conditions: `same cpu`
public record Row(String measure, String subject, String setting, Result result) {
    /// What came out.
    public sealed interface Result {}

    /// Parley beside a rival, in alternating rounds of one run.
    ///
    /// @param rival `C`, `JDK`
    /// @param ratio of medians, Parley's by the rival's
    /// @param goal the ratio should be at most this; empty if the rival is there for information
    public record Comparison(
            String rival, Latency ours, Latency theirs, RatioOfMedians ratio, OptionalDouble goal)
            implements Result {
        Verdict verdict() {
            return goal.isEmpty() ? Verdict.NONE : Verdict.of(ratio, goal.getAsDouble());
        }
    }

    /// How much went through, Parley's and a rival's, in alternating rounds of one run.
    ///
    /// @param ratio of times for a message, Parley's by the rival's: the lower the better
    /// @param goal the ratio should be at most this
    public record Throughput(
            String rival, Rate ours, Rate theirs, RatioOfMedians ratio, double goal)
            implements Result {
        Verdict verdict() {
            return Verdict.of(ratio, goal);
        }
    }

    /// How much went through.
    ///
    /// @param nanos for a message: the median of the rounds
    /// @param bytes of a message
    public record Rate(double nanos, int bytes) implements Figures {
        double messagesPerSecond() {
            return 1e9 / nanos;
        }

        double megabytesPerSecond() {
            return bytes * 1e3 / nanos;
        }
    }

    /// What one side has shown.
    public sealed interface Figures permits Latency, Rate {}

    /// One of many who take part in the same rounds, Parley or a rival.
    ///
    /// @param bytesLeft to the garbage collectors, by each message; empty if there is none
    /// @param comparisons with others, each as far as there is anything to compare
    public record Standing(Figures figures, OptionalDouble bytesLeft, List<Against> comparisons)
            implements Result {}

    /// A ratio of times of two who take part.
    ///
    /// @param subject whose times are divided
    /// @param rival by whose
    /// @param goal the ratio should be at most this; empty if it is for information
    public record Against(String subject, String rival, RatioOfMedians ratio, OptionalDouble goal) {
        Verdict verdict() {
            return goal.isEmpty() ? Verdict.NONE : Verdict.of(ratio, goal.getAsDouble());
        }
    }

    /// Parley without its rival.
    ///
    /// @param reason why the rival is missing
    public record Alone(String rival, Latency ours, String reason) implements Result {}

    /// A figure of Parley's alone.
    ///
    /// @param goal it should be at most this; empty if the figure is for information
    public record Amount(double value, String unit, OptionalDouble goal) implements Result {
        Verdict verdict() {
            if (goal.isEmpty()) {
                return Verdict.NONE;
            }
            return value <= goal.getAsDouble() ? Verdict.REACHED : Verdict.MISSED;
        }
    }

    /// Nothing was measured, for a reason that lies in this machine.
    public record Missing(String reason) implements Result {}

    /// Whether the goal is reached. `UNDECIDED` if the noise is larger than the distance to it.
    enum Verdict {
        REACHED,
        MISSED,
        UNDECIDED,
        NONE;

        static Verdict of(RatioOfMedians ratio, double goal) {
            if (ratio.high() <= goal) {
                return REACHED;
            }
            return ratio.low() > goal ? MISSED : UNDECIDED;
        }

        String word() {
            return switch (this) {
                case REACHED -> "reached";
                case MISSED -> "missed";
                case UNDECIDED -> "undecided";
                case NONE -> "-";
            };
        }
    }
}
