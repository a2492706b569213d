package parley.ready;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ScatteringByteChannel;
import java.time.Duration;

/// The end of a byte stream that bytes come out of. Message boundaries are not kept.
///
/// A read that waits ends early with `InterruptedIOException` when its thread is interrupted (the
/// interrupt stays pending, the stream stays open), and with `AsynchronousCloseException` when
/// another thread closes the stream. Safe for many threads; each byte goes to one of them.
public interface ByteSource extends ScatteringByteChannel {
    /// Reads some bytes, waiting until there is at least one.
    ///
    /// @param into native memory, not read-only
    /// @return how many, 1 to the size of `into` (0 if that is 0); [Outcome#END] at the end of the
    ///   stream
    /// @throws parley.os.OsException `ECONNRESET` if a peer's socket closed with data unread
    int read(MemorySegment into) throws IOException;

    /// Reads some bytes if there are any; never waits.
    ///
    /// @return how many; 0 if there are none now; [Outcome#END] at the end of the stream
    int tryRead(MemorySegment into) throws IOException;

    /// Reads some bytes, waiting at most `timeout`.
    ///
    /// @return how many; 0 if none came in time; [Outcome#END] at the end of the stream
    int read(MemorySegment into, Duration timeout) throws IOException;

    /// Reads some bytes, waiting until there is at least one.
    ///
    /// @return how many, [Outcome#END] at the end of the stream
    @Override
    int read(ByteBuffer into) throws IOException;

    /// Reads some bytes into several buffers: into each when the one before it is full; from a
    /// descriptor with one system call, at most 64 KiB. Waits until there is at least one.
    ///
    /// @return how many, [Outcome#END] at the end of the stream
    @Override
    long read(ByteBuffer[] into, int offset, int length) throws IOException;

    /// Reads some bytes into several buffers, as the other form does.
    @Override
    default long read(ByteBuffer[] into) throws IOException {
        return read(into, 0, into.length);
    }

    /// This stream as an `InputStream`; closing either closes both.
    default InputStream inputStream() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                var one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                return ByteSource.this.read(ByteBuffer.wrap(into, offset, length));
            }

            @Override
            public void close() throws IOException {
                ByteSource.this.close();
            }
        };
    }
}
