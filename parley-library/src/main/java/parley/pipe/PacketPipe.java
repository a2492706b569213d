package parley.pipe;

import parley.kernel.Fcntl;
import parley.os.OsException;

/// An anonymous pipe in packet mode: what one call sends another receives, whole and by itself. See
/// pipe(2), O_DIRECT.
///
/// @param source where packets come out
/// @param sink where packets go in
public record PacketPipe(PacketSource source, PacketSink sink) implements AutoCloseable {
    /// Bytes of the longest packet: `PIPE_BUF` of pipe(7).
    public static final int PACKET_BYTES_MAX = PipeSink.ATOMIC_BYTES;

    /// Creates a pipe. Neither end passes to child processes unless handed over.
    ///
    /// @throws OsException `EMFILE`, `ENFILE` at a limit of descriptors
    public static PacketPipe create() throws OsException {
        var ends = Ends.create(Fcntl.O_DIRECT);
        return new PacketPipe(new PacketSource(ends.source()), new PacketSink(ends.sink()));
    }

    /// Closes both ends of this process.
    @Override
    public void close() {
        source.close();
        sink.close();
    }
}
