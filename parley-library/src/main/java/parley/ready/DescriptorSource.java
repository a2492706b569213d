package parley.ready;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import parley.kernel.Pool;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.ready.Readiness.Attempt;

/// A byte stream read from a descriptor.
public class DescriptorSource implements ByteSource {
    private final Fd fd;
    private final String object;
    private final String call;
    private final Attempt attempt;
    private final Pool<MemorySegment> heapBuffers = HeapBuffer.newPool();

    /// @param object what it is, for errors
    /// @param call the C function behind `attempt`, for errors
    /// @param attempt reads, without waiting or in the kernel; is not asked to read nothing
    public DescriptorSource(Fd fd, String object, String call, Attempt attempt) {
        this.fd = fd;
        this.object = object;
        this.call = call;
        this.attempt = new Reading(attempt);
    }

    /// Room for nothing is not read into: some calls would wait for a byte all the same.
    private record Reading(Attempt call) implements Attempt {
        @Override
        public long make(int fd, MemorySegment into, long argument) {
            return into.byteSize() == 0 ? 0 : call.make(fd, into, argument);
        }

        @Override
        public long makeWaiting(int fd, MemorySegment into, long argument) {
            return into.byteSize() == 0 ? 0 : call.makeWaiting(fd, into, argument);
        }

        @Override
        public boolean mayTryFirst() {
            return call.mayTryFirst();
        }
    }

    /// The descriptor, which this stream owns.
    public Fd fd() {
        return fd;
    }

    @Override
    public int read(MemorySegment into) throws IOException {
        return read(into, Deadline.NEVER);
    }

    @Override
    public int tryRead(MemorySegment into) throws IOException {
        return result(Readiness.attempt(fd, attempt, into, 0), into);
    }

    @Override
    public int read(MemorySegment into, Duration timeout) throws IOException {
        return read(into, Deadline.after(timeout));
    }

    private int read(MemorySegment into, Deadline deadline) throws IOException {
        try {
            return result(Readiness.await(fd, Interest.READ, deadline, attempt, into, 0), into);
        } catch (InterruptedException _) {
            throw Interruption.asIoException(object, 0);
        }
    }

    private int result(long r, MemorySegment into) throws OsException {
        if (Errno.EAGAIN.is(r)) {
            return 0;
        }
        int length = (int) OsException.check(call, object, r);
        return length == 0 && into.byteSize() != 0 ? Outcome.END : length;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        if (!into.isDirect() || into.isReadOnly()) {
            return (int) read(new ByteBuffer[] {into}, 0, 1);
        }
        int length = read(MemorySegment.ofBuffer(into));
        into.position(into.position() + Math.max(length, 0));
        return length;
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int length) throws IOException {
        var buffers = Buffers.of(into, offset, length);
        buffers.requireWritable();
        var segment = heapBuffers.acquire();
        try {
            int bytes = read(segment.asSlice(0, Math.min(buffers.remaining(), HeapBuffer.BYTES)));
            if (bytes > 0) {
                buffers.scatter(segment.asSlice(0, bytes));
            }
            return bytes;
        } finally {
            heapBuffers.release(segment);
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
