package parley.channel;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import parley.os.Errno;
import parley.os.OsException;
import parley.ready.ByteSink;
import parley.ready.Deadline;
import parley.ready.Interruption;
import parley.ready.Outcome;
import parley.shm.ByteRingSink;
import parley.shm.EventCount;
import parley.shm.SharedCounter;

/// The writing side of a [BytePipe]. Memory and buffers of any kind are written. Safe for many
/// threads: the bytes of one write stay together.
public final class BytePipeSink implements ByteSink {
    private static final int SOME = 1;

    private final BytePipe pipe;
    private final ByteRingSink ring;
    private final EventCount filled;
    private final SharedCounter sources;
    private final RoleWait wait;
    private final RoleWait.Attempt writing = this::writeMore;
    private final int pieceBytes;
    private final long sourcesBefore; // who came then and has left does not count
    private final ReentrantLock turn = new ReentrantLock(); // guards what follows, and the wait
    private MemorySegment from = MemorySegment.NULL;
    private long at; // of the next byte in it
    private volatile WhenAlone whenAlone = WhenAlone.END;

    BytePipeSink(BytePipe pipe, ByteRingSink ring) {
        this.pipe = pipe;
        this.ring = ring;
        this.filled = pipe.filled();
        this.sources = pipe.sources();
        this.pieceBytes = pipe.pieceBytes();
        long before = sources.get();
        this.sourcesBefore = pipe.hasSource() ? -1 : before;
        this.wait =
                new RoleWait(
                        pipe.room(), this::isBroken, ring::isOpen, pipe.memory()::requireWhole);
    }

    /// Sets what a write does once a reader was there and none is left or alive; else
    /// [WhenAlone#END]: it is refused. With [WhenAlone#WAIT] another reader can come.
    ///
    /// @return this
    public BytePipeSink whenAlone(WhenAlone choice) {
        whenAlone = Objects.requireNonNull(choice);
        return this;
    }

    /// Sets how this side waits; else [Waiting#PARK]. Before it is used.
    ///
    /// @return this
    public BytePipeSink waiting(Waiting choice) {
        wait.set(choice);
        return this;
    }

    @Override
    public void write(MemorySegment from) throws IOException {
        long _ = write(from, Deadline.NEVER);
    }

    /// Writes as many bytes as fit now; never waits, not for another thread either.
    ///
    /// @return how many, 0 if the stream is full
    /// @throws parley.os.PeerGoneException `EPIPE` if nobody reads any more
    @Override
    public long tryWrite(MemorySegment from) throws IOException {
        if (!turn.tryLock()) {
            return 0;
        }
        try {
            begin(from);
            writeSome();
            return at;
        } finally {
            end();
        }
    }

    @Override
    public long write(MemorySegment from, Duration timeout) throws IOException {
        return write(from, Deadline.after(timeout));
    }

    private long write(MemorySegment from, Deadline deadline) throws IOException {
        long written = 0;
        try {
            if (!turn.tryLock() && !turn.tryLock(deadline.remainingNanos(), NANOSECONDS)) {
                return 0;
            }
            try {
                begin(from);
                writeSome();
                while (at < from.byteSize()) {
                    int outcome = wait.await(writing, deadline);
                    if (outcome == Outcome.END) {
                        throw broken();
                    }
                    if (outcome == Outcome.NOTHING) {
                        break;
                    }
                }
                return at;
            } finally {
                written = at;
                end();
            }
        } catch (InterruptedException _) {
            throw Interruption.asIoException(toString(), written);
        } catch (ClosedChannelException e) {
            boolean isTold = written == 0 || e instanceof AsynchronousCloseException;
            throw isTold ? e : new AsynchronousCloseException();
        }
    }

    private void begin(MemorySegment bytes) {
        from = bytes;
        at = 0;
    }

    private void end() {
        from = MemorySegment.NULL;
        at = 0;
        turn.unlock();
    }

    /// As much as there is room for.
    private void writeSome() throws IOException {
        long end = from.byteSize();
        if (end > 0 && isBroken()) {
            throw broken();
        }
        long bytes;
        do {
            bytes = ring.tryWrite(from, at, Math.min(pieceBytes, end - at));
            at += bytes;
            if (bytes > 0) {
                wait.succeeded(1);
                ChannelMemory.signal(filled);
            }
        } while (bytes > 0 && at < end);
    }

    private int writeMore() throws IOException {
        long before = at;
        writeSome();
        return at > before ? SOME : Outcome.NOTHING;
    }

    private boolean isBroken() {
        try {
            return whenAlone == WhenAlone.END
                    && sources.get() != sourcesBefore // first: who comes now is there then
                    && !pipe.hasSource();
        } catch (IllegalStateException _) {
            return false; // closed just now, as is told by the next use
        }
    }

    private OsException broken() {
        return OsException.of("write", toString(), Errno.EPIPE.number());
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        int bytes = from.remaining();
        try {
            write(MemorySegment.ofBuffer(from));
        } catch (InterruptedIOException e) {
            from.position(from.position() + e.bytesTransferred);
            throw e;
        }
        from.position(from.limit());
        return bytes;
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) throws IOException {
        int _ = Objects.checkFromIndexSize(offset, length, from.length);
        long written = 0;
        for (int i = offset; i < offset + length; i++) {
            try {
                written += write(from[i]);
            } catch (InterruptedIOException e) {
                e.bytesTransferred =
                        (int) Math.min(written + e.bytesTransferred, Integer.MAX_VALUE);
                throw e;
            }
        }
        return written;
    }

    @Override
    public boolean isOpen() {
        return ring.isOpen();
    }

    /// Gives the side up; what was written can still be read, and then the reader is told of the
    /// end. More calls do nothing.
    @Override
    public void close() {
        ring.close();
        pipe.memory().forget(this);
    }

    @Override
    public String toString() {
        return pipe.toString();
    }
}
