package parley.bench.channels;

/// What opens channels of one library. An implementation has a public constructor without
/// parameters, by which [ChannelProcess] finds it: libraries that are rivals are not always there.
@FunctionalInterface
public interface ChannelLibrary {
    /// Opens this process's ends. Receivers open before senders.
    ///
    /// @param mechanism which of the library's channels; a word of its own
    /// @param cargo what is sent and received
    ChannelEnds open(String mechanism, Side side, Cargo cargo) throws Exception;
}
