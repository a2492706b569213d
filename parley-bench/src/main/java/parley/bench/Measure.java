package parley.bench;

/// A part of a benchmark.
@FunctionalInterface
public interface Measure {
    /// Measures, and reports a row for each thing that was measured.
    void run(Report report) throws Exception;
}
