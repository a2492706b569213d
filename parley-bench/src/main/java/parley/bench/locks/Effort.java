package parley.bench.locks;

import parley.bench.Rounds;

/// How much is measured.
///
/// @param rounds of comparisons
/// @param allocationCalls of which the garbage is measured, and at most how many times
record Effort(Rounds rounds, int allocationCalls) {
    /// What one trip counts where a single one would be too short for a clock.
    static final int TIMES = 1000;

    /// Of trips that count so much; those need no less of them to be compiled, but a tenth will do.
    Rounds roundsOfMany() {
        return new Rounds(rounds.count(), rounds.comparison(), rounds.warmUp() / 10, rounds.seed());
    }
}
