package parley.shm;

import java.io.IOException;
import java.time.Duration;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import parley.ready.Deadline;

/// Permits that processes take and give back; those of a process that dies are free again.
///
/// A permit is a number: of a pool of eight things, whoever has permit 3 has the fourth. It belongs
/// to the process, and any of its threads may give it back.
///
/// **Valid after every store**: each permit is a word of its own with the tag of who has it, and is
/// free if that is nobody, or nobody who is alive. So a stopped process keeps its permits and no
/// more, and nothing has to be repaired. Not fair: who comes may go first. Safe for many threads.
public final class SharedSemaphore {
    /// The most permits of one.
    public static final int PERMITS_MAX = 4096;

    /// Where in memory its parts are.
    private static final int EVENTS = 0;

    private static final int COUNT = 4;
    private static final int RELEASES = 8;
    private static final int PERMITS = 64;

    private final Words words;
    private final long offset;
    private final ParticipantTable table;
    private final EventCount events;
    private final int permits;
    private final int me;
    private int next; // where a free one was seen last; a guess, of any thread

    SharedSemaphore(long offset, int permits, Structures structures) {
        this.words = structures.words();
        this.offset = offset;
        this.table = structures.table();
        this.events = structures.sleepers().eventCount(offset + EVENTS);
        this.permits = permits;
        this.me = structures.me();
        structures.agree(offset + COUNT, permits, "permits");
    }

    /// What a semaphore takes in memory, at a multiple of 64; zeros are one whose permits are all
    /// free.
    ///
    /// @param permits 1 to [#PERMITS_MAX]
    public static long bytes(int permits) {
        if (permits < 1 || permits > PERMITS_MAX) {
            throw new IllegalArgumentException(
                    "not 1..%d permits: %d".formatted(PERMITS_MAX, permits));
        }
        return PERMITS + Math.ceilDiv((long) permits * Integer.BYTES, 64) * 64;
    }

    /// Takes a permit, waiting until one is free or its holder is dead.
    ///
    /// @return its number, 0 to one less than there are
    /// @throws InterruptedException if interrupted before
    /// @throws java.nio.channels.ClosedChannelException if the region is closed meanwhile
    public int acquire() throws IOException, InterruptedException {
        return acquire(Deadline.NEVER).orElseThrow();
    }

    /// Takes a permit if one is free or its holder is dead; never waits.
    ///
    /// @return empty if others have all of them, or one of those who have them dies just now
    public OptionalInt tryAcquire() {
        var taken = take();
        return taken == null ? OptionalInt.empty() : OptionalInt.of(taken);
    }

    /// Takes a permit, waiting at most `timeout`.
    ///
    /// @return empty if others had all of them
    public OptionalInt tryAcquire(Duration timeout) throws IOException, InterruptedException {
        return acquire(Deadline.after(timeout));
    }

    private OptionalInt acquire(Deadline deadline) throws IOException, InterruptedException {
        var taken = events.await(this::take, deadline);
        return taken == null ? OptionalInt.empty() : OptionalInt.of(taken);
    }

    /// While it looked, a permit behind it may have become free and one before it taken; then it
    /// looks again.
    private @Nullable Integer take() {
        while (true) {
            int releases = words.getInt(offset + RELEASES);
            var taken = takeAnyOf();
            if (taken != null || words.getInt(offset + RELEASES) == releases) {
                return taken;
            }
        }
    }

    private @Nullable Integer takeAnyOf() {
        int first = next;
        for (int i = 0; i < permits; i++) {
            int permit = first + i < permits ? first + i : first + i - permits;
            int holder = words.getInt(at(permit));
            if (isFree(holder) && words.compareAndSetInt(at(permit), holder, me)) {
                next = permit + 1 < permits ? permit + 1 : 0;
                return permit;
            }
        }
        return null;
    }

    private long at(int permit) {
        return offset + PERMITS + (long) permit * Integer.BYTES;
    }

    private boolean isFree(int holder) {
        return holder == ParticipantTable.NOBODY || !table.isAlive(holder);
    }

    /// Gives a permit back; never waits.
    ///
    /// @throws IllegalMonitorStateException if this process does not have it
    public void release(int permit) {
        if (permit < 0
                || permit >= permits
                || !words.compareAndSetInt(at(permit), me, ParticipantTable.NOBODY)) {
            throw new IllegalMonitorStateException("this process does not have permit " + permit);
        }
        next = permit;
        int _ = words.getAndAddInt(offset + RELEASES, 1);
        events.signal();
    }

    /// How many could be taken at this moment.
    public int availablePermits() {
        int free = 0;
        for (int permit = 0; permit < permits; permit++) {
            if (isFree(words.getInt(at(permit)))) {
                free++;
            }
        }
        return free;
    }
}
