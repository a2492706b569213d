package parley.bench.trips;

import java.util.List;
import parley.os.Fd;
import parley.tool.demo.Closing;

/// What two processes need to make trips.
public record Offer(Side trips, Side echo) {
    /// What one process needs.
    ///
    /// @param descriptors given to it, as [parley.bench.Partner] numbers them
    /// @param words the end of its command line
    public record Side(List<Fd> descriptors, List<String> words) {}

    /// What makes the objects; what is made goes to `end`.
    @FunctionalInterface
    public interface Making {
        /// Makes them.
        Offer offer(Closing end) throws Exception;
    }
}
