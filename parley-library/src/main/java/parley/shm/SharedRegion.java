package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import parley.kernel.Fcntl;
import parley.kernel.Unistd;
import parley.memory.Allocation;
import parley.memory.Futex;
import parley.memory.Mapping;
import parley.memory.MemoryFile;
import parley.memory.Seal;
import parley.os.AlreadyExistsException;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.NotFoundException;
import parley.os.OsException;

/// Memory that several processes share and in which each of them knows who else is alive: what
/// locks and channels are made in.
///
/// One with a name is a file in a folder of this user alone, `/dev/shm/parley-UID`; it stays until
/// [#unlink]. One without is a sealed memory file, which is handed over by its descriptor. Either
/// has all its memory from the beginning, is complete before anybody can find it, and is checked
/// before any of it is used: its header is read once, as a copy.
///
/// Who opens it takes part until [#close], or until the process ends, however it does: a thread of
/// its own stands for it, whose end the kernel tells the others within a millisecond. A stopped
/// process is alive. Works across PID namespaces. Safe for many threads.
public final class SharedRegion implements AutoCloseable {
    private static final int CACHE_LINE_BYTES = 64;
    private static final Executor EVENTS =
            Executors.newThreadPerTaskExecutor(
                    Thread.ofVirtual().name("parley-death-", 0).factory());

    /// And not against more seals: [#sealAgainstWriters].
    private static final Set<Seal> UNCHANGED_SIZE = Set.of(Seal.SHRINK, Seal.GROW);

    private final String object;
    private final RegionLayout layout;
    private final Fd fd;
    private final Truncation truncation;
    private final Mapping mapping;
    private final MemorySegment data;
    private final Words words;
    private final ParticipantTable table;
    private final LifeThread life;
    private final int self;
    private final Sleepers sleepers;
    private final LibcThreads libcThreads;
    private final RingUses ringUses;
    private final Structures structures;
    private final Map<Long, ReentrantSharedMutex> reentrant = new ConcurrentHashMap<>();
    private final List<Consumer<Participant>> listeners = new CopyOnWriteArrayList<>();

    private SharedRegion(String object, RegionLayout layout, Fd fd) throws IOException {
        this.object = object;
        this.layout = layout;
        this.fd = fd;
        this.truncation = new Truncation(object, !MemoryFile.isTaken(fd));
        this.libcThreads = new LibcThreads(truncation);
        this.ringUses = new RingUses(truncation, this::leaveAfterTheLastUse);
        this.mapping = truncation.map(fd, layout.bytes());
        this.data = mapping.segment().asSlice(layout.dataOffset());
        this.words = new SegmentWords(mapping, truncation);
        this.table = new ParticipantTable(words, RegionLayout.TABLE, layout.slots());
        this.sleepers = new Sleepers(words, table);
        boolean isJoined = false;
        try {
            this.life = lifeThread();
            this.self = life.start();
            this.structures = new Structures(words, table, sleepers, object, self);
            isJoined = true;
        } finally {
            if (!isJoined) {
                mapping.close();
                truncation.close();
            }
        }
    }

    private LifeThread lifeThread() throws IOException {
        var locks = new SlotLocks(fd);
        boolean isMade = false;
        try {
            var own = truncation.map(fd, layout.bytes());
            isMade = true;
            return new LifeThread(own, truncation, locks, layout.slots(), new Listener());
        } finally {
            if (!isMade) {
                locks.close();
            }
        }
    }

    /// Somebody who takes part, or did; the same if the tag is.
    ///
    /// @param tag names him in this region
    /// @param pid his process, as it is numbered in its own PID namespace; 0 if it was not seen
    public record Participant(int tag, int pid) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Participant that && that.tag == tag;
        }

        @Override
        public int hashCode() {
            return tag;
        }
    }

    /// Makes a region with a name, and takes part in it.
    ///
    /// @param name 1 to 200 bytes without a slash
    /// @param layout a number for what is in the data; who opens it must say the same
    /// @param bytes of data, zeros
    /// @throws AlreadyExistsException if there is one of this name
    /// @throws parley.os.NotPermittedException if `/dev/shm/parley-UID` is not this user's alone
    /// @throws OsException `ENOSPC`, `ENOMEM` if there is not that much memory
    public static SharedRegion create(String name, long layout, long bytes) throws IOException {
        var made = RegionLayout.of(layout, bytes);
        try (var folder = RegionFolder.open()) {
            var object = folder.object(RegionFolder.check(name));
            return owning(
                    folder.openUnnamed(name),
                    fd -> {
                        folder.requireFree(name);
                        Allocation.allocate(fd, object, made.bytes());
                        writeHeader(fd, object, made);
                        var region = new SharedRegion(object, made, fd);
                        boolean isPublished = false;
                        try {
                            folder.publish(fd, name);
                            isPublished = true;
                            return region;
                        } finally {
                            if (!isPublished) {
                                region.close();
                            }
                        }
                    });
        }
    }

    /// Opens a region by its name, and takes part in it.
    ///
    /// @param layout as it was made with
    /// @throws NotFoundException if there is none of this name
    /// @throws BadRegionException if it is none, or has another layout
    /// @throws parley.os.NotPermittedException if the file is not this user's alone
    public static SharedRegion open(String name, long layout) throws IOException {
        try (var folder = RegionFolder.open()) {
            var object = folder.object(RegionFolder.check(name));
            while (true) {
                var fd = folder.open(name);
                var door = new ByteLocks(fd);
                boolean isOpen = false;
                try {
                    door.lock(Fcntl.F_RDLCK, RegionLayout.DOOR);
                    if (folder.isStill(fd, name)) { // else it was removed just now
                        var region = joined(object, layout, fd);
                        isOpen = true;
                        door.unlock(RegionLayout.DOOR);
                        return region;
                    }
                } finally {
                    if (!isOpen) {
                        fd.close();
                    }
                }
            }
        }
    }

    /// Opens a region, or makes it if there is none of this name.
    ///
    /// @throws BadRegionException if there is one that has less data, or as [#open]
    public static SharedRegion openOrCreate(String name, long layout, long bytes)
            throws IOException {
        var _ = RegionLayout.of(layout, bytes); // refuses what cannot be made
        while (true) {
            try {
                var region = open(name, layout);
                if (region.layout.dataBytes() < bytes) {
                    region.close();
                    throw new BadRegionException(
                            "%s: it has %d bytes of data, and %d were expected"
                                    .formatted(region, region.layout.dataBytes(), bytes));
                }
                return region;
            } catch (NotFoundException _) {
                // Make it then.
            }
            try {
                return create(name, layout, bytes);
            } catch (AlreadyExistsException _) {
                // Somebody was faster.
            }
        }
    }

    /// Makes a region without a name, of mode 0600 and sealed so that nobody can change its size,
    /// and takes part in it. Others of this user get its [#fd], whoever else [#openReadOnly].
    public static SharedRegion createAnonymous(long layout, long bytes) throws IOException {
        var made = RegionLayout.of(layout, bytes);
        var object = "memfd:parley-region";
        return owning(
                MemoryFile.create("parley-region", made.bytes(), UNCHANGED_SIZE).fd(),
                fd -> {
                    FileMode.OWNER_ONLY.applyTo(fd, object); // or who reads could open it to write
                    writeHeader(fd, object, made);
                    return new SharedRegion(object, made, fd);
                });
    }

    /// Takes part in a region without a name, which came from another process.
    ///
    /// @param fd owned from now on, also if it is refused
    /// @param layout as it was made with
    /// @throws OsException `EPERM` if it is not sealed against shrinking
    /// @throws BadRegionException if it is none, or has another layout
    public static SharedRegion of(Fd fd, long layout) throws IOException {
        return owning(MemoryFile.of(fd).fd(), owned -> joined("memfd:" + owned, layout, owned));
    }

    private interface Making {
        SharedRegion make(Fd fd) throws IOException;
    }

    /// Closes the descriptor if nothing comes of it.
    private static SharedRegion owning(Fd fd, Making making) throws IOException {
        boolean isMade = false;
        try {
            var region = making.make(fd);
            isMade = true;
            return region;
        } finally {
            if (!isMade) {
                fd.close();
            }
        }
    }

    private static void writeHeader(Fd fd, String object, RegionLayout layout) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var header = arena.allocateFrom(JAVA_BYTE, layout.header());
            long r = Unistd.pwrite(fd.number(), header, 0);
            OsException.check("pwrite", object, r); // in full: the memory is there
        }
    }

    private static SharedRegion joined(String object, long layout, Fd fd) throws IOException {
        var read = RegionLayout.read(fd, object, layout);
        Allocation.complete(fd, object); // a page that is not there may be refused later
        return new SharedRegion(object, read, fd);
    }

    /// True if a region may be called so: 1 to 200 bytes without a slash, that do not begin with a
    /// dot.
    public static boolean isName(String name) {
        return RegionFolder.isName(name);
    }

    /// The names of this user's regions.
    public static List<String> list() throws IOException {
        try (var folder = RegionFolder.open()) {
            return folder.names();
        }
    }

    /// The layout of a region's data, as it was made with.
    ///
    /// @throws NotFoundException if there is none of this name
    /// @throws BadRegionException if it is none
    public static long layout(String name) throws IOException {
        try (var folder = RegionFolder.open();
                var fd = folder.open(RegionFolder.check(name))) {
            return RegionLayout.read(fd, folder.object(name)).number();
        }
    }

    /// The layout of the data of one without a name.
    ///
    /// @throws BadRegionException if it is none
    public static long layout(Fd fd) throws IOException {
        return RegionLayout.read(fd, "memfd:" + fd).number();
    }

    /// Takes the name away; who takes part keeps the region.
    ///
    /// @throws NotFoundException if there is none of this name
    public static void unlink(String name) throws IOException {
        try (var folder = RegionFolder.open()) {
            folder.unlink(RegionFolder.check(name));
        }
    }

    /// Takes the name away from a region in which nobody takes part any more: who has it left, or
    /// died. Who is about to take part meanwhile is waited for, or finds no region.
    ///
    /// @return false if somebody takes part
    /// @throws NotFoundException if there is none of this name
    /// @throws BadRegionException if it is none
    public static boolean removeAbandoned(String name) throws IOException {
        try (var folder = RegionFolder.open();
                var fd = folder.open(RegionFolder.check(name))) {
            var layout = RegionLayout.read(fd, folder.object(name));
            var locks = new ByteLocks(fd);
            locks.lock(Fcntl.F_WRLCK, RegionLayout.DOOR); // until the descriptor is closed
            if (!folder.isStill(fd, name)
                    || locks.isLocked(RegionLayout.TABLE, layout.tableBytes())) {
                return false;
            }
            folder.unlink(name);
            return true;
        }
    }

    /// The data; an access after [#close] is an `IllegalStateException`.
    public MemorySegment data() {
        return data;
    }

    /// A word of the data on which threads of all participants can wait.
    ///
    /// @param offset in the data, a multiple of 4
    public Futex futex(long offset) {
        return mapping.futex(place("a futex", offset, Integer.BYTES, Integer.BYTES));
    }

    /// A handle of the lock that lies in the data.
    ///
    /// @param offset in the data, a multiple of 64; its [SharedMutex#BYTES] are for the lock alone
    public SharedMutex mutex(long offset) {
        long at = place("a mutex", offset, SharedMutex.BYTES, CACHE_LINE_BYTES);
        return structures.mutex(at);
    }

    /// The same as a lock that its holder may take again: always the same object for an offset.
    public ReentrantSharedMutex reentrantMutex(long offset) {
        return reentrant.computeIfAbsent(offset, at -> new ReentrantSharedMutex(mutex(at)));
    }

    /// A handle of a condition of a lock, both in the data.
    ///
    /// @param offset in the data, a multiple of [SharedCondition#BYTES]
    /// @param mutex the handle by which this thread has the lock when it waits
    public SharedCondition condition(long offset, SharedMutex mutex) {
        return new SharedCondition(eventCount(offset), Objects.requireNonNull(mutex));
    }

    /// A handle of the lock for readers and writers that lies in the data.
    ///
    /// @param offset in the data, a multiple of 64; its [SharedReadWriteLock#BYTES] are for the
    ///   lock alone
    public SharedReadWriteLock readWriteLock(long offset) {
        long at = place("a lock", offset, SharedReadWriteLock.BYTES, CACHE_LINE_BYTES);
        return new SharedReadWriteLock(at, structures);
    }

    /// A handle of the semaphore that lies in the data.
    ///
    /// @param offset in the data, a multiple of 64; its [SharedSemaphore#bytes] are for the
    ///   semaphore alone
    /// @param permits how many there are, the same for all handles
    /// @throws IllegalArgumentException if it has another number of permits
    public SharedSemaphore semaphore(long offset, int permits) {
        long bytes = SharedSemaphore.bytes(permits);
        long at = place("a semaphore", offset, bytes, CACHE_LINE_BYTES);
        return new SharedSemaphore(at, permits, structures);
    }

    /// A handle of the barrier that lies in the data.
    ///
    /// @param offset in the data, a multiple of 64; its [SharedBarrier#bytes] are for the barrier
    ///   alone
    /// @param parties how many there are, the same for all handles
    /// @throws IllegalArgumentException if it has another number of parties
    public SharedBarrier barrier(long offset, int parties) {
        long bytes = SharedBarrier.bytes(parties);
        long at = place("a barrier", offset, bytes, CACHE_LINE_BYTES);
        return new SharedBarrier(at, parties, structures);
    }

    /// The event count that lies in the data.
    ///
    /// @param offset in the data, a multiple of [EventCount#BYTES], which are for it alone
    public EventCount eventCount(long offset) {
        return sleepers.eventCount(
                place("an event count", offset, EventCount.BYTES, EventCount.BYTES));
    }

    /// The counter that lies in the data.
    ///
    /// @param offset in the data, a multiple of [SharedCounter#BYTES], which are for it alone
    public SharedCounter counter(long offset) {
        long at = place("a counter", offset, SharedCounter.BYTES, SharedCounter.BYTES);
        return new SharedCounter(words, at);
    }

    /// The ring of messages to one receiver that lies in the data.
    ///
    /// @param offset in the data, a multiple of 64; its [SharedRing#bytes] are for it alone
    /// @param capacity in bytes, the same for all
    /// @throws IllegalArgumentException if it has another capacity
    public SharedRing ring(long offset, int capacity) {
        return ring(offset, capacity, Delivery.TO_ONE);
    }

    /// The ring of messages that lies in the data.
    ///
    /// @param delivery the same for all
    /// @throws IllegalArgumentException if it has another capacity, or delivery
    public SharedRing ring(long offset, int capacity, Delivery delivery) {
        long at = place("a ring", offset, SharedRing.bytes(capacity), CACHE_LINE_BYTES);
        long address = mapping.segment().address() + at;
        return new SharedRing(this, ringUses, structures, offset, address, at, capacity, delivery);
    }

    /// The ring of messages to all subscribers that lies in the data.
    ///
    /// @param offset in the data, a multiple of 64; its [BroadcastRing#bytes] are for it alone
    /// @param capacity in bytes, the same for all, as what follows
    /// @param subscribers how many there may be at a time
    /// @throws IllegalArgumentException if it is made in another way
    public BroadcastRing broadcastRing(
            long offset, int capacity, int subscribers, WhenSlow whenSlow) {
        var ring = new BroadcastLayout(capacity, subscribers, whenSlow);
        long at = place("a ring", offset, ring.bytes(), CACHE_LINE_BYTES);
        long address = mapping.segment().address() + at;
        return new BroadcastRing(this, ringUses, structures, offset, address, at, ring);
    }

    /// The ring of bytes that lies in the data.
    ///
    /// @param offset in the data, a multiple of 64; its [SharedByteRing#bytes] are for it alone
    /// @param capacity in bytes, the same for all
    /// @throws IllegalArgumentException if it has another capacity
    public SharedByteRing byteRing(long offset, int capacity) {
        long at = place("a ring", offset, SharedByteRing.bytes(capacity), CACHE_LINE_BYTES);
        long address = mapping.segment().address() + at;
        return new SharedByteRing(this, ringUses, structures, address, at, capacity);
    }

    /// Makes a pthread mutex in the data, for programs in C.
    ///
    /// @param offset in the data, a multiple of 8; its [PthreadMutex#BYTES] are for it alone, and
    ///   zeros
    /// @throws OsException `EBUSY` if they are not
    public PthreadMutex createPthreadMutex(long offset) throws OsException {
        return PthreadMutex.create(pthreadMutexMemory(offset), libcThreads);
    }

    /// The pthread mutex that lies in the data, which another program has made.
    ///
    /// @throws BadRegionException if there is none, or one that is not robust, or of one process
    public PthreadMutex pthreadMutex(long offset) throws IOException {
        requireWhole();
        return PthreadMutex.open(pthreadMutexMemory(offset), libcThreads);
    }

    private MemorySegment pthreadMutexMemory(long offset) {
        long at = place("a pthread mutex", offset, PthreadMutex.BYTES, Long.BYTES);
        return mapping.segment().asSlice(at, PthreadMutex.BYTES);
    }

    private long place(String what, long offset, long bytes, long alignment) {
        return layout.place(what, offset, bytes, alignment);
    }

    /// This process in this region.
    public Participant self() {
        int slot = ParticipantTable.slotOf(self);
        return new Participant(self, table.pid(slot, table.owner(slot)));
    }

    /// Those who are alive now, this process among them.
    public List<Participant> participants() {
        return table.participants();
    }

    /// True while a participant lives; a stopped process does.
    public boolean isAlive(Participant participant) {
        return table.isAlive(participant.tag());
    }

    /// Waits until nothing is left of another participant's process: no thread, and no system call
    /// that still stores into the region, as it may for a while after the process was killed.
    ///
    /// @throws InterruptedException if interrupted before
    /// @throws java.nio.channels.ClosedChannelException if this region is closed meanwhile
    public void awaitEnd(Participant participant) throws IOException, InterruptedException {
        life.awaitEnd(participant.tag());
    }

    /// Has somebody told of each participant that dies from now on, on a virtual thread of its own
    /// (of more than eight in one place, while this JVM was stopped, the last eight); not of those
    /// who leave by [#close]. Register before you look at [#participants], and nobody is missed.
    public void onDeath(Consumer<Participant> listener) {
        listeners.add(listener);
    }

    /// What the life thread tells.
    private final class Listener implements LifeThread.Listener {
        @Override
        public void gone(int tag, int pid) {
            try {
                sleepers.lookAgain();
                if (!table.hasLeft(tag)) {
                    var dead = new Participant(tag, pid);
                    for (var listener : listeners) {
                        EVENTS.execute(() -> listener.accept(dead));
                    }
                }
            } catch (IllegalStateException _) {
                // Closed meanwhile: nobody of this process waits any more.
            }
        }

        @Override
        public boolean truncated() {
            libcThreads.refuse();
            ringUses.refuse();
            try {
                mapping.close();
                return true;
            } catch (IllegalStateException _) {
                return false; // a system call uses the data
            }
        }
    }

    /// True once it is known that the region's file was shortened, which can be done to one with a
    /// name. What is in it is lost: calls that throw an `IOException` end with a
    /// [RegionTruncatedException], accesses to [#data] and all others with the
    /// `IllegalStateException` of a closed region.
    public boolean isTruncated() {
        return truncation.isKnown();
    }

    /// For who finds the data closed, and wants to know why.
    ///
    /// @throws RegionTruncatedException if it is known that the region's file was shortened
    public void requireWhole() throws RegionTruncatedException {
        truncation.requireUnknown();
    }

    /// Its descriptor, to be handed to another process of this user, which then takes part.
    public Fd fd() {
        return fd;
    }

    /// A descriptor for reading alone, to be handed to somebody who is to look and not to take
    /// part, as a [RegionView]. One of another user can neither write by it nor open it anew to
    /// write; for one of this user call [#sealAgainstWriters], too.
    ///
    /// He can have wakes that are meant for others, and locks of the file, as `docs/shm.md` says.
    ///
    /// @throws IllegalStateException if the region has a name: nothing keeps the length of a file
    /// @throws parley.os.NotPermittedException `EPERM` if the memory file is not this user's alone
    public Fd openReadOnly() throws IOException {
        requireSealed();
        return RegionFolder.openAnew(fd, object, Fcntl.O_RDONLY);
    }

    /// Lets nobody take part from now on who does not now, nor write in any other way, whatever
    /// descriptor he has: `F_SEAL_FUTURE_WRITE`. This cannot be taken back.
    ///
    /// @throws IllegalStateException if the region has a name
    /// @throws OsException `EPERM` if no seals can be added, to a region that others have made
    public void sealAgainstWriters() throws IOException {
        requireSealed();
        MemoryFile.of(fd).seal(Set.of(Seal.FUTURE_WRITE));
    }

    private void requireSealed() throws IOException {
        if (!MemoryFile.isTaken(fd)) { // else it would be closed
            throw new IllegalStateException(object + ": a region with a name cannot be sealed");
        }
    }

    /// Leaves the region: waits in it end, and locks that are held here are as if this process had
    /// died. The region itself stays for the others. More calls do nothing. Who reads or writes a
    /// message in a ring just now ends that first: then he leaves.
    ///
    /// @throws IllegalStateException while a system call uses the data, or a thread has a pthread
    ///   mutex in it: close it again afterwards
    @Override
    public void close() {
        libcThreads.close();
        if (ringUses.close()) {
            leave();
        }
    }

    private void leave() {
        mapping.close();
        life.close();
        truncation.close();
        fd.close();
    }

    /// On the thread that was reading or writing in a ring when the region was closed.
    private void leaveAfterTheLastUse() {
        try {
            leave();
        } catch (IllegalStateException _) {
            // A system call uses the data: then close it again, as is said there.
        }
    }

    @Override
    public String toString() {
        return object;
    }
}
