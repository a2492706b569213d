package parley.shm;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import parley.ready.Deadline;
import parley.shm.SharedMutex.Acquired;

/// A lock that many readers of several processes can have together, or one writer alone, and that
/// outlives the death of any of them.
///
/// A reader that dies is forgotten. If a writer dies, the next writer is told as with a
/// [SharedMutex], and until it has repaired what the lock guards every reader is, too: it may look,
/// but what it sees may be half changed.
///
/// Each process counts its readers in a cache line of its own, so readers of several processes do
/// not slow each other down; a writer looks at all of these. As soon as a writer has come no new
/// reader gets in; else it is not fair. It cannot be changed from one to the other: a reader who
/// wants to write gives back first, and one that takes it twice waits for himself if a writer has
/// come in between. Safe for many threads; a handle writes once at a time.
public final class SharedReadWriteLock {
    /// Where in memory its parts are.
    private static final int WRITER = 0;

    private static final int EVENTS = 4;
    private static final int CHANGING = 8; // 1 while a writer may change what the lock guards
    private static final int READERS = 64;
    private static final int READER_BYTES = 64;

    /// What it takes in memory, at a multiple of 64; zeros are a free one.
    public static final int BYTES = READERS + ParticipantTable.SLOTS_MAX * READER_BYTES;

    private final Words words;
    private final long offset;
    private final ParticipantTable table;
    private final MutexWord writerWord;
    private final SharedMutex writer;
    private final EventCount events; // a reader left, or a writer did
    private final int me;

    SharedReadWriteLock(long offset, Structures structures) {
        this.words = structures.words();
        this.offset = offset;
        this.table = structures.table();
        this.writerWord = structures.sleepers().mutexWord(offset + WRITER);
        this.writer = structures.mutex(offset + WRITER);
        this.events = structures.sleepers().eventCount(offset + EVENTS);
        this.me = structures.me();
    }

    /// Takes the lock as one of many readers, waiting until no writer has it.
    ///
    /// @return [Acquired#OWNER_DIED] if a writer died and none has repaired what the lock guards
    /// @throws NotRecoverableException if a writer died and the next one did not repair it
    /// @throws InterruptedException if interrupted before
    /// @throws java.nio.channels.ClosedChannelException if the region is closed meanwhile
    public Acquired readLock() throws IOException, InterruptedException {
        return read(Deadline.NEVER).orElseThrow();
    }

    /// Takes the lock as a reader if no writer has it; never waits.
    ///
    /// @return empty if a writer has it, or tries to have it at the same moment
    public Optional<Acquired> tryReadLock() throws NotRecoverableException {
        return acquired(enter());
    }

    /// Takes the lock as a reader, waiting at most `timeout`.
    ///
    /// @return empty if writers had it all the time
    public Optional<Acquired> tryReadLock(Duration timeout)
            throws IOException, InterruptedException {
        return read(Deadline.after(timeout));
    }

    private Optional<Acquired> read(Deadline deadline) throws IOException, InterruptedException {
        return acquired(events.await(this::enter, deadline));
    }

    private static Optional<Acquired> acquired(MutexWord.@Nullable Attempt attempt)
            throws NotRecoverableException {
        return attempt == null
                ? Optional.empty()
                : SharedMutex.optional(SharedMutex.acquired(attempt));
    }

    /// @return null while a writer has it
    private MutexWord.@Nullable Attempt enter() {
        if (writerWord.look() == MutexWord.Attempt.BUSY) {
            return null;
        }
        count(1);
        var found = look(); // a writer that comes from now on waits for us
        return switch (found) {
            case CLEAN, OWNER_DIED -> found;
            case BUSY -> {
                leave();
                yield null;
            }
            case NOT_RECOVERABLE -> {
                leave();
                yield found;
            }
        };
    }

    /// A writer that died before it was alone, or after it was done, has not harmed anything.
    private MutexWord.Attempt look() {
        var found = writerWord.look();
        return found == MutexWord.Attempt.OWNER_DIED && !isChanging()
                ? MutexWord.Attempt.CLEAN
                : found;
    }

    private boolean isChanging() {
        return words.getInt(offset + CHANGING) != 0;
    }

    private void leave() {
        if (count(-1) == 0) {
            events.signalAll();
        }
    }

    /// Changes how many readers this process has.
    ///
    /// @return how many, or -1 if it would become negative
    private int count(int change) {
        long at = at(ParticipantTable.slotOf(me));
        while (true) {
            long cell = words.getLong(at);
            int count = (tag(cell) == me ? (int) cell : 0) + change;
            if (count < 0 || words.compareAndSetLong(at, cell, ((long) me << 32) | count)) {
                return count;
            }
        }
    }

    private long at(int slot) {
        return offset + READERS + (long) slot * READER_BYTES;
    }

    /// Whose readers are counted in a cell: the upper half.
    private static int tag(long cell) {
        return (int) (cell >>> 32);
    }

    /// Gives back what a reader has.
    ///
    /// @throws IllegalMonitorStateException if no reader of this process has the lock
    public void unlockRead() {
        int left = count(-1);
        if (left < 0) {
            throw new IllegalMonitorStateException("no reader of this process has the lock");
        }
        if (left == 0) {
            events.signalAll();
        }
    }

    /// Takes the lock as its writer, waiting until nobody else has it, or nobody who is alive.
    ///
    /// @return [Acquired#OWNER_DIED] if a writer died: repair what the lock guards, and say so by
    ///   [#markConsistent]
    /// @throws NotRecoverableException if a writer died and the next one did not repair it
    /// @throws InterruptedException if interrupted before
    /// @throws java.nio.channels.ClosedChannelException if the region is closed meanwhile
    public Acquired writeLock() throws IOException, InterruptedException {
        return write(Deadline.NEVER).orElseThrow();
    }

    /// Takes the lock as its writer if nobody else has it; never waits.
    ///
    /// @return empty if others have it, or try to have it at the same moment
    public Optional<Acquired> tryWriteLock() throws NotRecoverableException {
        var acquired = writer.tryLock();
        if (acquired.isPresent() && hasReaders()) {
            abandon();
            return Optional.empty();
        }
        return acquired.map(this::begin);
    }

    /// Nobody else has it from now on.
    private Acquired begin(Acquired acquired) {
        if (acquired == Acquired.OWNER_DIED && !isChanging()) {
            writer.markConsistent();
            acquired = Acquired.CLEAN;
        }
        words.setInt(offset + CHANGING, 1);
        return acquired;
    }

    /// Takes the lock as its writer, waiting at most `timeout`.
    ///
    /// @return empty if others had it all the time
    public Optional<Acquired> tryWriteLock(Duration timeout)
            throws IOException, InterruptedException {
        return write(Deadline.after(timeout));
    }

    private Optional<Acquired> write(Deadline deadline) throws IOException, InterruptedException {
        var acquired = writer.lock(deadline);
        try {
            return acquired.isPresent() && isAlone(deadline)
                    ? acquired.map(this::begin)
                    : Optional.empty();
        } catch (IllegalStateException e) {
            throw words.closed(e);
        }
    }

    /// New readers do not get in any more: waits for those who are.
    private boolean isAlone(Deadline deadline) throws IOException, InterruptedException {
        boolean isAlone = false;
        try {
            isAlone = events.await(() -> hasReaders() ? null : Boolean.TRUE, deadline) != null;
            return isAlone;
        } finally {
            if (!isAlone) {
                abandon();
            }
        }
    }

    private boolean hasReaders() {
        for (int slot = 0; slot < table.slots(); slot++) {
            long cell = words.getLong(at(slot));
            if ((int) cell != 0 && table.isAlive(tag(cell))) {
                return true;
            }
        }
        return false;
    }

    private void abandon() {
        try {
            writer.abandon();
            events.signalAll();
        } catch (IllegalStateException _) {
            // The region is closed: to the others this process is dead.
        }
    }

    /// Says that what the lock guards is right again, after [Acquired#OWNER_DIED].
    ///
    /// @throws IllegalMonitorStateException if this handle is not the writer
    public void markConsistent() {
        writer.markConsistent();
    }

    /// Gives back what the writer has. If an earlier writer had died and [#markConsistent] was not
    /// called, nobody gets the lock again.
    ///
    /// @throws IllegalMonitorStateException if this handle is not the writer
    public void unlockWrite() {
        writer.requireHeld();
        if (writer.state() == Acquired.CLEAN) {
            words.setInt(offset + CHANGING, 0);
        }
        writer.unlock();
        events.signalAll();
    }
}
