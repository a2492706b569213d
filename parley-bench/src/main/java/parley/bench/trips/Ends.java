package parley.bench.trips;

import parley.tool.demo.Closing;

/// Both ends of something between two threads of one process.
public record Ends(Link trips, Link echo) {
    /// What makes them.
    @FunctionalInterface
    public interface Making {
        /// Makes them; what they are made of goes to `end`.
        Ends make(Closing end) throws Exception;
    }
}
