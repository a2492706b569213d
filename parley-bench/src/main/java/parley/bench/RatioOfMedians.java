package parley.bench;

import java.util.Arrays;

/// The ratios of two sides' medians, one for each round in which both had their turn.
///
/// The interval is one of ranks, and holds the true median with a probability of at least 95 %
/// whatever the distribution, if the rounds are independent. With fewer than six rounds there is no
/// such interval, and it is that from the lowest to the highest.
///
/// @param median the median of the rounds' ratios
/// @param low where the interval begins
/// @param high where it ends
/// @param min the lowest ratio of a round
/// @param max the highest ratio of a round
public record RatioOfMedians(
        int rounds, double median, double low, double high, double min, double max) {
    private static final double OUTSIDE_MAX = 0.05;

    /// Compares the rounds of two sides.
    ///
    /// @param ours each round's median
    /// @param theirs of the same rounds
    public static RatioOfMedians of(double[] ours, double[] theirs) {
        var ratios = new double[ours.length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = ours[i] / theirs[i];
        }
        Arrays.sort(ratios);
        int last = ratios.length - 1;
        int outside = ranksOutside(ratios.length);
        return new RatioOfMedians(
                ratios.length,
                (ratios[last / 2] + ratios[ratios.length / 2]) / 2,
                ratios[outside],
                ratios[last - outside],
                ratios[0],
                ratios[last]);
    }

    /// How many ranks at each end may be left out: as many as the median lies beyond with a
    /// probability of at most [#OUTSIDE_MAX], both ends together. Each ratio is above the true
    /// median or below it, like a coin.
    static int ranksOutside(int count) {
        double probability = Math.pow(0.5, count); // that as few as `ranks` are below
        double beyond = probability; // that so few or fewer are
        int ranks = 0;
        while (ranks < count / 2) {
            probability *= (double) (count - ranks) / (ranks + 1);
            beyond += probability;
            if (2 * beyond > OUTSIDE_MAX) {
                break;
            }
            ranks++;
        }
        return ranks;
    }
}
