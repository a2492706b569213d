package parley.bench.trips;

import parley.tool.demo.Closing;

/// Both ends of something between two threads of one process.
public record Ends(Link trips, Link echo) {
    /// The same with the other thread as the one that makes trips.
    public Ends swapped() {
        return new Ends(echo.reversed(), trips.reversed());
    }

    /// What makes them.
    @FunctionalInterface
    public interface Making {
        /// Makes them; what they are made of goes to `end`.
        Ends make(Closing end) throws Exception;
    }
}
