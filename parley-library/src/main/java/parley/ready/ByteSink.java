package parley.ready;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.time.Duration;

/// The end of a byte stream that bytes go into.
///
/// A write that waits ends early with `InterruptedIOException` when its thread is interrupted (its
/// `bytesTransferred` have gone, the interrupt stays pending, the stream stays open), and with
/// `AsynchronousCloseException` when another thread closes the stream. Safe for many threads.
public interface ByteSink extends GatheringByteChannel {
    /// Writes all bytes, waiting while the stream is full.
    ///
    /// @param from native memory
    /// @throws parley.os.PeerGoneException if nobody reads any more (`EPIPE`, `ECONNRESET`); no
    ///   signal is raised
    void write(MemorySegment from) throws IOException;

    /// Writes as many bytes as fit now; never waits.
    ///
    /// @return how many, 0 if the stream is full
    /// @throws parley.os.PeerGoneException if nobody reads any more
    long tryWrite(MemorySegment from) throws IOException;

    /// Writes bytes until all are written or the time is over.
    ///
    /// @return how many were written
    /// @throws parley.os.PeerGoneException if nobody reads any more
    long write(MemorySegment from, Duration timeout) throws IOException;

    /// Writes all remaining bytes, waiting while the stream is full.
    ///
    /// @return how many: all
    @Override
    int write(ByteBuffer from) throws IOException;

    /// Writes all that remains in several buffers, in order, waiting while the stream is full;
    /// where that takes system calls, up to 64 KiB of them together with one.
    ///
    /// @return how many bytes: all
    @Override
    long write(ByteBuffer[] from, int offset, int length) throws IOException;

    /// Writes all that remains in several buffers, as the other form does.
    @Override
    default long write(ByteBuffer[] from) throws IOException {
        return write(from, 0, from.length);
    }

    /// This stream as an `OutputStream`, without a buffer; closing either closes both.
    default OutputStream outputStream() {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] from, int offset, int length) throws IOException {
                var _ = ByteSink.this.write(ByteBuffer.wrap(from, offset, length));
            }

            @Override
            public void close() throws IOException {
                ByteSink.this.close();
            }
        };
    }
}
