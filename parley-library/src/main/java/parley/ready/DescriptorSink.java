package parley.ready;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import parley.kernel.Pool;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.ready.Readiness.Attempt;

/// A byte stream written to a descriptor.
public class DescriptorSink implements ByteSink {
    private final Fd fd;
    private final String object;
    private final String call;
    private final Attempt attempt;
    private final Pool<MemorySegment> heapBuffers = HeapBuffer.newPool();

    /// @param object what it is, for errors
    /// @param call the C function behind `attempt`, for errors
    /// @param attempt writes without waiting, some bytes at least if there is room
    public DescriptorSink(Fd fd, String object, String call, Attempt attempt) {
        this.fd = fd;
        this.object = object;
        this.call = call;
        this.attempt = attempt;
    }

    /// The descriptor, which this stream owns.
    public Fd fd() {
        return fd;
    }

    @Override
    public void write(MemorySegment from) throws IOException {
        write(from, Deadline.NEVER);
    }

    @Override
    public long tryWrite(MemorySegment from) throws IOException {
        return result(Readiness.attempt(fd, attempt, from, 0));
    }

    @Override
    public long write(MemorySegment from, Duration timeout) throws IOException {
        return write(from, Deadline.after(timeout));
    }

    private long write(MemorySegment from, Deadline deadline) throws IOException {
        long written = 0;
        try {
            do {
                var rest = written == 0 ? from : from.asSlice(written); // a slice is an object
                long r = result(Readiness.await(fd, Interest.WRITE, deadline, attempt, rest, 0));
                if (r == 0) {
                    return written;
                }
                written += r;
            } while (written < from.byteSize());
        } catch (InterruptedException _) {
            throw Interruption.asIoException(object, written);
        } catch (ClosedChannelException e) {
            throw written == 0 ? e : new AsynchronousCloseException();
        }
        return written;
    }

    private long result(long r) throws OsException {
        return Errno.EAGAIN.is(r) ? 0 : OsException.check(call, object, r);
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        var one = new Buffers(List.of(from));
        return from.isDirect()
                ? (int) write(one, MemorySegment.ofBuffer(from), 0)
                : (int) write(one);
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) throws IOException {
        return write(Buffers.of(from, offset, length));
    }

    private long write(Buffers from) throws IOException {
        var segment = heapBuffers.acquire();
        try {
            long written = 0;
            while (from.remaining() > 0) {
                written += write(from, from.gather(segment), written);
            }
            return written;
        } finally {
            heapBuffers.release(segment);
        }
    }

    /// Writes `chunk`, the first that remains in `from`, and moves the positions by what went.
    ///
    /// @param before how many bytes went before it
    private long write(Buffers from, MemorySegment chunk, long before) throws IOException {
        try {
            write(chunk);
            from.advance(chunk.byteSize());
            return chunk.byteSize();
        } catch (InterruptedIOException e) {
            from.advance(e.bytesTransferred);
            e.bytesTransferred = (int) Math.min(before + e.bytesTransferred, Integer.MAX_VALUE);
            throw e;
        }
    }

    @Override
    public boolean isOpen() {
        return fd.isOpen();
    }

    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return object;
    }
}
