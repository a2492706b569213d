package parley.bench.waiting;

import parley.bench.Report;

/// A part of the benchmark.
@FunctionalInterface
interface Measure {
    /// Measures, and reports a row for each thing that was measured.
    void run(Report report) throws Exception;

    /// What makes it.
    @FunctionalInterface
    interface Making {
        Measure make(Effort effort);
    }
}
