package parley.channel;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import parley.ready.ByteSource;
import parley.ready.Deadline;
import parley.ready.Interruption;
import parley.ready.Outcome;
import parley.shm.ByteRingSource;
import parley.shm.EventCount;
import parley.shm.SharedCounter;

/// The reading side of a [BytePipe]. It reads into memory and buffers of any kind, at most a
/// quarter of the capacity at a time, so that the writer can go on meanwhile. Safe for many
/// threads.
public final class BytePipeSource implements ByteSource {
    private final BytePipe pipe;
    private final ByteRingSource ring;
    private final EventCount room;
    private final SharedCounter sinks;
    private final SharedCounter ended;
    private final RoleWait wait;
    private final RoleWait.Attempt reading = this::readSome;
    private final int pieceBytes;
    private final long sinksBefore; // of whose end another was told
    private final ReentrantLock turn = new ReentrantLock(); // guards what follows, and the wait
    private MemorySegment into = MemorySegment.NULL;
    private long sinksSeen; // when there was nobody
    private volatile WhenAlone whenAlone = WhenAlone.END;

    BytePipeSource(BytePipe pipe, ByteRingSource ring) {
        this.pipe = pipe;
        this.ring = ring;
        this.room = pipe.room();
        this.sinks = pipe.sinks();
        this.pieceBytes = pipe.pieceBytes();
        this.ended = pipe.ended();
        this.sinksBefore = ended.get();
        this.wait =
                new RoleWait(
                        pipe.filled(), this::isAlone, ring::isOpen, pipe.memory()::requireWhole);
    }

    /// Sets what a read does when all is read, a writer was there, and none is left or alive; else
    /// [WhenAlone#END]: that is the end. With [WhenAlone#WAIT] another writer can come.
    ///
    /// @return this
    public BytePipeSource whenAlone(WhenAlone choice) {
        whenAlone = Objects.requireNonNull(choice);
        return this;
    }

    /// Sets how this side waits; else [Waiting#PARK]. Before it is used.
    ///
    /// @return this
    public BytePipeSource waiting(Waiting choice) {
        wait.set(choice);
        return this;
    }

    @Override
    public int read(MemorySegment into) throws IOException {
        return read(into, Deadline.NEVER);
    }

    /// Reads some bytes if there are any; never waits, not for another thread either.
    ///
    /// @return how many; 0 if there are none now; [Outcome#END] at the end of the stream
    @Override
    public int tryRead(MemorySegment into) throws IOException {
        if (!turn.tryLock()) {
            return 0;
        }
        try {
            begin(into);
            int got = readSome();
            if (got == Outcome.NOTHING && isAlone()) {
                got = readSome(); // what came just before
                return got == Outcome.NOTHING ? end() : got;
            }
            return Math.max(got, 0);
        } finally {
            leave();
        }
    }

    @Override
    public int read(MemorySegment into, Duration timeout) throws IOException {
        return read(into, Deadline.after(timeout));
    }

    private int read(MemorySegment into, Deadline deadline) throws IOException {
        try {
            if (!turn.tryLock() && !turn.tryLock(deadline.remainingNanos(), NANOSECONDS)) {
                return 0;
            }
            try {
                begin(into);
                int got = readSome();
                if (got == Outcome.NOTHING) {
                    got = wait.await(reading, deadline);
                }
                return got == Outcome.END ? end() : Math.max(got, 0);
            } finally {
                leave();
            }
        } catch (InterruptedException _) {
            throw Interruption.asIoException(toString(), 0);
        }
    }

    private void begin(MemorySegment memory) {
        if (memory.isReadOnly()) {
            throw new IllegalArgumentException("cannot read into read-only memory: " + memory);
        }
        into = memory;
    }

    private void leave() {
        into = MemorySegment.NULL;
        turn.unlock();
    }

    private int readSome() throws IOException {
        long most = Math.min(into.byteSize(), pieceBytes);
        int bytes = (int) ring.tryRead(into, 0, most);
        if (bytes > 0) {
            wait.succeeded(1);
            ChannelMemory.signal(room);
        }
        return bytes > 0 || most == 0 ? bytes : Outcome.NOTHING;
    }

    private boolean isAlone() {
        try {
            sinksSeen = sinks.get(); // first: who comes now is there then
            return whenAlone == WhenAlone.END && sinksSeen != sinksBefore && !pipe.hasSink();
        } catch (IllegalStateException _) {
            return false; // closed just now, as is told by the next use
        }
    }

    /// The next reader is not told of this end, but waits for a writer.
    private int end() {
        try {
            ended.set(sinksSeen);
        } catch (IllegalStateException _) {
            // Closed just now: then the next one is told, too.
        }
        return Outcome.END;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        return advance(into, read(MemorySegment.ofBuffer(into)));
    }

    private static int advance(ByteBuffer into, int bytes) {
        into.position(into.position() + Math.max(bytes, 0));
        return bytes;
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int length) throws IOException {
        int _ = Objects.checkFromIndexSize(offset, length, into.length);
        for (int i = offset; i < offset + length; i++) {
            if (into[i].isReadOnly()) {
                throw new IllegalArgumentException("cannot read into a read-only buffer");
            }
        }
        long total = 0;
        for (int i = offset; i < offset + length; i++) {
            var next = into[i];
            while (next.hasRemaining()) {
                int bytes =
                        total == 0
                                ? read(next)
                                : advance(next, tryRead(MemorySegment.ofBuffer(next)));
                if (bytes <= 0) {
                    return total == 0 ? bytes : total;
                }
                total += bytes;
            }
        }
        return total;
    }

    @Override
    public boolean isOpen() {
        return ring.isOpen();
    }

    /// Gives the side up; what was not read stays there. More calls do nothing.
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
