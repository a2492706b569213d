package parley.tool.demo;

/// What came of one mechanism.
///
/// @param mechanism its name
/// @param address the kernel object's, empty if none was made
/// @param bytes carried and checked
/// @param messages pieces they went in
/// @param nanos the time that took, the checksum on the other side included
/// @param p50Nanos round trip of a short message, median
/// @param p99Nanos the same, 99th percentile
/// @param status how it ended
/// @param reason why it did not end well, empty if it did
record Row(
        String mechanism,
        String address,
        long bytes,
        long messages,
        long nanos,
        long p50Nanos,
        long p99Nanos,
        Status status,
        String reason) {
    enum Status {
        /// Every byte arrived.
        OK,
        /// This kernel, or this sandbox, does not have the mechanism.
        UNAVAILABLE,
        /// Anything else.
        FAILED;

        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    static Row bad(String mechanism, String address, Status status, String reason) {
        return new Row(mechanism, address, 0, 0, 0, 0, 0, status, reason);
    }

    /// Bytes per second, 0 if there is nothing to divide.
    long bytesPerSecond() {
        return nanos == 0 ? 0 : Math.round(bytes * 1e9 / nanos);
    }
}
