package parley.bench.transports;

/// A transport's end before the peer is known.
///
/// @param name what the peer must know; a word
/// @param joining connects
record Opening(String name, Joining joining) {
    /// Where the peer needs no name.
    static final String NO_NAME = "-";

    /// What connects.
    @FunctionalInterface
    interface Joining {
        /// Connects.
        ///
        /// @param peer the name of the peer's opening
        End join(String peer) throws Exception;
    }
}
