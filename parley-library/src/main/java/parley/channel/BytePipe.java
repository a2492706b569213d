package parley.channel;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import parley.os.AlreadyExistsException;
import parley.os.Fd;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.shm.BadRegionException;
import parley.shm.ByteRingSink;
import parley.shm.ByteRingSource;
import parley.shm.EventCount;
import parley.shm.SharedByteRing;
import parley.shm.SharedCounter;
import parley.shm.SharedRegion;
import parley.shm.SharedRegion.Participant;

/// A stream of bytes from one writer to one reader, in memory that their processes share.
///
/// It behaves as a FIFO does, see pipe(7), and to write or read is no system call as long as both
/// sides are awake.
///
/// ```java
/// try (var pipe = BytePipe.openOrCreate("log", BytePipe.CAPACITY_DEFAULT);
///         var out = pipe.sink().outputStream()) {
///     out.write("17.4\n".getBytes());
/// }
/// ```
///
/// A process that is killed leaves all that it has written to be read, and its side is free for
/// another. A pipe with a name stays until [#unlink], with what is in it; one without goes with its
/// last process. Safe for many threads.
public final class BytePipe implements AutoCloseable {
    /// Bytes that are a good size for most.
    public static final int CAPACITY_DEFAULT = 1 << 18;

    private static final ChannelFormat<BytePipeLayout, BytePipe> FORMAT =
            new ChannelFormat<>(BytePipeLayout::of, BytePipe::new);

    private final ChannelMemory memory;
    private final SharedByteRing ring;

    private BytePipe(ChannelMemory memory, BytePipeLayout layout) {
        this.memory = memory;
        this.ring = memory.byteRing(BytePipeLayout.RING, layout.capacity());
    }

    /// How a pipe is; of no one moment while others use it.
    ///
    /// @param hasSink true while somebody alive writes
    /// @param hasSource true while somebody alive reads
    /// @param ring its bytes
    public record Status(boolean hasSink, boolean hasSource, SharedByteRing.Status ring) {}

    /// Makes a pipe.
    ///
    /// @param name 1 to 200 bytes without a slash
    /// @param capacity how many bytes it holds: a power of two from 64 to 2^30
    /// @throws AlreadyExistsException if there is one of this name
    /// @throws OsException `ENOSPC`, `ENOMEM` if there is not that much memory
    public static BytePipe create(String name, int capacity) throws IOException {
        return FORMAT.create(name, new BytePipeLayout(capacity));
    }

    /// Opens a pipe.
    ///
    /// @throws NotFoundException if there is none of this name
    /// @throws BadRegionException if it is something else
    /// @throws parley.os.NotPermittedException if it is not this user's alone
    public static BytePipe open(String name) throws IOException {
        return FORMAT.open(name);
    }

    /// Opens a pipe, or makes it if there is none of this name.
    ///
    /// @param capacity of a new one
    /// @throws BadRegionException if it is something else
    public static BytePipe openOrCreate(String name, int capacity) throws IOException {
        return FORMAT.openOrCreate(name, new BytePipeLayout(capacity));
    }

    /// Opens a pipe that somebody has open, or makes it: one that all have left, or have died with,
    /// is found and removed before, with what is in it.
    ///
    /// @throws BadRegionException if it is something else
    public static BytePipe openOrReplace(String name, int capacity) throws IOException {
        return FORMAT.openOrReplace(name, new BytePipeLayout(capacity));
    }

    /// Makes a pipe without a name; others get its [#fd].
    public static BytePipe createAnonymous(int capacity) throws IOException {
        return FORMAT.createAnonymous(new BytePipeLayout(capacity));
    }

    /// The pipe without a name that came from another process.
    ///
    /// @param fd owned from now on, also if it is refused
    /// @throws BadRegionException if it is something else
    public static BytePipe of(Fd fd) throws IOException {
        return FORMAT.of(fd);
    }

    /// The pipe that lies in the data of a region, among other things.
    ///
    /// @param offset in the data, a multiple of 64; its [#bytes] are for it alone, and zeros at
    ///   first
    /// @param capacity the same for all
    /// @throws IllegalArgumentException if it has another capacity
    public static BytePipe in(SharedRegion region, long offset, int capacity) {
        return new BytePipe(new ChannelMemory(region, false, offset), new BytePipeLayout(capacity));
    }

    /// What a pipe takes in memory, at a multiple of 64.
    public static long bytes(int capacity) {
        return new BytePipeLayout(capacity).bytes();
    }

    /// The names of this user's pipes.
    public static List<String> list() throws IOException {
        return ChannelKind.BYTES.list();
    }

    /// Takes the name away; who has the pipe open keeps it.
    ///
    /// @throws NotFoundException if there is none of this name
    /// @throws BadRegionException if it is something else
    public static void unlink(String name) throws IOException {
        FORMAT.unlink(name);
    }

    /// The writing side; bytes follow those that are there.
    ///
    /// @throws OsException `EBUSY` if another has it, and is alive
    public BytePipeSink sink() throws IOException {
        return memory.take(() -> sink(ring.sink(this::lookAgain)));
    }

    /// The writing side, as soon as nobody has it who is alive: for one who stands by.
    ///
    /// @return empty if another had it all the time
    /// @throws InterruptedException if interrupted before
    /// @throws java.nio.channels.ClosedChannelException if closed, meanwhile too
    public Optional<BytePipeSink> sink(Duration timeout) throws IOException, InterruptedException {
        memory.requireOpen();
        var side = ring.sink(timeout, this::lookAgain);
        return side.isEmpty() ? Optional.empty() : Optional.of(sink(side.get()));
    }

    private BytePipeSink sink(ByteRingSink side) throws IOException {
        memory.counter(BytePipeLayout.SINKS).increment();
        var sink = new BytePipeSink(this, side);
        return memory.registered(sink, sink::close);
    }

    /// The reading side, from the first byte on that nobody has read.
    ///
    /// @throws OsException `EBUSY` if another has it, and is alive
    public BytePipeSource source() throws IOException {
        return memory.take(() -> source(ring.source(this::lookAgain)));
    }

    /// The reading side, as soon as nobody has it who is alive: for one who stands by.
    ///
    /// @return empty if another had it all the time
    /// @throws InterruptedException if interrupted before
    /// @throws java.nio.channels.ClosedChannelException if closed, meanwhile too
    public Optional<BytePipeSource> source(Duration timeout)
            throws IOException, InterruptedException {
        memory.requireOpen();
        var side = ring.source(timeout, this::lookAgain);
        return side.isEmpty() ? Optional.empty() : Optional.of(source(side.get()));
    }

    private BytePipeSource source(ByteRingSource side) throws IOException {
        memory.counter(BytePipeLayout.SOURCES).increment();
        var source = new BytePipeSource(this, side);
        return memory.registered(source, source::close);
    }

    /// A side was given up: who waits at the other looks again.
    private void lookAgain() {
        ChannelMemory.lookAgain(filled());
        ChannelMemory.lookAgain(room());
    }

    ChannelMemory memory() {
        return memory;
    }

    EventCount filled() {
        return memory.eventCount(BytePipeLayout.FILLED);
    }

    EventCount room() {
        return memory.eventCount(BytePipeLayout.ROOM);
    }

    /// How often somebody took the writing side.
    SharedCounter sinks() {
        return memory.counter(BytePipeLayout.SINKS);
    }

    /// How often somebody took the reading side.
    SharedCounter sources() {
        return memory.counter(BytePipeLayout.SOURCES);
    }

    /// What [#sinks] was when the end was told last.
    SharedCounter ended() {
        return memory.counter(BytePipeLayout.ENDED);
    }

    /// What goes at a time, so that the other side need not wait for all.
    int pieceBytes() {
        return Math.max(ring.status().capacity() >> 2, Long.BYTES);
    }

    /// True while somebody alive has the writing side.
    public boolean hasSink() {
        return ring.hasSink();
    }

    /// True while somebody alive has the reading side.
    public boolean hasSource() {
        return ring.hasSource();
    }

    /// How it is now.
    public Status status() throws IOException {
        memory.requireOpen();
        return new Status(hasSink(), hasSource(), ring.status());
    }

    /// The processes that have it open.
    public List<Participant> participants() {
        return memory.participants();
    }

    /// Has somebody told of each process that dies while it has the pipe open, on a virtual thread
    /// of its own; not of those who close it.
    public void onDeath(Consumer<Participant> listener) {
        memory.onDeath(listener);
    }

    /// Its descriptor, to be handed to another process.
    public Fd fd() {
        return memory.fd();
    }

    /// Gives up all sides that this object has, and the pipe; what is in it stays there. More calls
    /// do nothing.
    @Override
    public void close() {
        memory.close();
    }

    @Override
    public String toString() {
        return memory.toString();
    }
}
