package parley.bench.channels;

import static parley.bench.channels.Measure.ASLEEP;
import static parley.bench.channels.Measure.BROADCAST;
import static parley.bench.channels.Measure.ROUND_TRIP;
import static parley.bench.channels.Measure.SENDERS;
import static parley.bench.channels.Measure.THROUGHPUT;

import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/// What Parley's channels shall reach, as ratios of times: half of a rival's is twice as quick.
final class Goals {
    private static final int ANY = 0;
    private static final int KIB = 1024;
    private static final Set<String> AERON = Set.of("Aeron offer", "Aeron claim", "Aeron embedded");
    private static final Set<String> AGRONA = Set.of("Agrona write", "Agrona claim");

    /// Our channel whose both sides spin.
    private static final Set<String> SPIN = Set.of("Parley");

    /// The same when a side that has nothing to do sleeps at once.
    private static final Set<String> PARK = Set.of("Parley park");

    /// The same when it spins for a while before.
    private static final Set<String> SPIN_PARK = Set.of("Parley spin-park");

    /// Our broadcasts, whose sides spin.
    private static final Set<String> BROADCASTS = Set.of("Parley broadcast", "Parley lossy");

    /// One goal: what one of several of ours is compared with.
    record Goal(Measure measure, int bytes, Set<String> ours, Set<String> rivals, double ratio) {
        boolean isOf(Measure other, int otherBytes, String subject, String rival) {
            return measure == other
                    && (bytes == ANY || bytes == otherBytes)
                    && ours.contains(subject)
                    && rivals.contains(rival);
        }
    }

    static final List<Goal> ALL =
            List.of(
                    new Goal(ROUND_TRIP, ANY, SPIN, Set.of(Contestant.LINE), 1.15),
                    new Goal(ROUND_TRIP, ANY, SPIN, AERON, 1),
                    new Goal(ROUND_TRIP, ANY, SPIN, AGRONA, 1),
                    new Goal(THROUGHPUT, 64, SPIN, Set.of("C ring"), 1 / 0.65),
                    new Goal(THROUGHPUT, 16 * KIB, SPIN, Set.of("C ring"), 1 / 0.9),
                    new Goal(THROUGHPUT, 64, SPIN, AERON, 1 / 2.0),
                    new Goal(THROUGHPUT, 256, SPIN, AERON, 1 / 3.0),
                    new Goal(THROUGHPUT, KIB, SPIN, AERON, 1 / 3.0),
                    new Goal(THROUGHPUT, 64, SPIN, AGRONA, 1 / 1.8),
                    new Goal(THROUGHPUT, 256, SPIN, AGRONA, 1 / 2.0),
                    new Goal(THROUGHPUT, KIB, SPIN, AGRONA, 1 / 2.0),
                    new Goal(THROUGHPUT, 64, SPIN, Set.of("Chronicle"), 1 / 20.0),
                    new Goal(THROUGHPUT, 64, SPIN, Set.of("C pipe", "Parley pipe"), 1 / 30.0),
                    new Goal(THROUGHPUT, 64, SPIN, Set.of("C unix", "JDK unix"), 1 / 100.0),
                    new Goal(SENDERS, ANY, SPIN, Set.of("Agrona many"), 1 / 1.3),
                    new Goal(BROADCAST, ANY, BROADCASTS, Set.of("Agrona broadcast"), 1),
                    new Goal(ASLEEP, ANY, PARK, Set.of("C futex"), 1.1),
                    new Goal(ASLEEP, ANY, PARK, Set.of("C pipe", "Parley pipe"), 1),
                    new Goal(THROUGHPUT, ANY, PARK, SPIN, 1 / 0.85),
                    new Goal(ASLEEP, ANY, SPIN_PARK, PARK, 1.5));

    private Goals() {}

    /// What the ratio of a subject's times by a rival's shall be at most; empty if there is no
    /// goal.
    static OptionalDouble of(Measure measure, int bytes, String subject, String rival) {
        return ALL.stream()
                .filter(each -> each.isOf(measure, bytes, subject, rival))
                .mapToDouble(Goal::ratio)
                .findFirst();
    }
}
