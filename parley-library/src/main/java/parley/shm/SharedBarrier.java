package parley.shm;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import parley.ready.Deadline;

/// A point that a number of parties, in several processes, wait for each other at, again and again;
/// the death of one that has not arrived is told to those who wait.
///
/// A handle is a party once it has joined. Phases are numbered from 1; a party that has arrived
/// need not wait, and who is no party may: so it is a latch, too.
///
/// ```java
/// barrier.join();
/// while (work()) {
///     if (barrier.arriveAndAwait() == Outcome.PARTY_DIED) { … }
/// }
/// ```
///
/// **Valid after every store**: each party has a word of its own that says who it is and how many
/// phases it has arrived at; a phase is complete when all have arrived. Who joins in the place of a
/// dead party goes on where that was. Safe for many threads, each with a handle of its own.
public final class SharedBarrier {
    /// The most parties of one.
    public static final int PARTIES_MAX = 4096;

    /// Where in memory its parts are.
    private static final int EVENTS = 0;

    private static final int COUNT = 4;
    private static final int PLACES = 64;

    private static final int NOWHERE = -1;

    private final Words words;
    private final long offset;
    private final ParticipantTable table;
    private final EventCount events;
    private final int parties;
    private final int me;
    private int place = NOWHERE;

    SharedBarrier(long offset, int parties, Structures structures) {
        this.words = structures.words();
        this.offset = offset;
        this.table = structures.table();
        this.events = structures.sleepers().eventCount(offset + EVENTS);
        this.parties = parties;
        this.me = structures.me();
        structures.agree(offset + COUNT, parties, "parties");
    }

    /// How waiting for a phase ended.
    public enum Outcome {
        /// All have arrived.
        COMPLETE,
        /// A party that has not arrived is dead, or has left by closing its region. It is complete
        /// when another has joined in its place, and has arrived.
        PARTY_DIED,
        /// The time was over.
        TIMED_OUT
    }

    /// What a barrier takes in memory, at a multiple of 64; zeros are one without parties.
    ///
    /// @param parties 1 to [#PARTIES_MAX]
    public static long bytes(int parties) {
        if (parties < 1 || parties > PARTIES_MAX) {
            throw new IllegalArgumentException(
                    "not 1..%d parties: %d".formatted(PARTIES_MAX, parties));
        }
        return PLACES + Math.ceilDiv((long) parties * Long.BYTES, 64) * 64;
    }

    /// Becomes a party: in a place that nobody has had yet, or whose party has left or is dead; of
    /// several the one that is furthest behind. Never waits.
    ///
    /// @return the phase at which the place arrived last; 0 if it was none
    /// @throws IllegalStateException if there are as many parties as there may be, or this is one
    public int join() {
        if (place != NOWHERE) {
            throw new IllegalStateException("this handle has joined already");
        }
        long[] cells = cells();
        while (true) {
            int free = furthestBehind(cells);
            if (free != NOWHERE
                    && words.compareAndSetLong(
                            at(free), cells[free], cell(me, phase(cells[free])))) {
                place = free;
                return phase(cells[free]);
            }
            var again = cells();
            if (free == NOWHERE && Arrays.equals(again, cells)) { // it was so at one moment
                throw new IllegalStateException("all %d parties have joined".formatted(parties));
            }
            cells = again;
        }
    }

    private long[] cells() {
        var cells = new long[parties];
        for (int each = 0; each < parties; each++) {
            cells[each] = words.getLong(at(each));
        }
        return cells;
    }

    /// Of the places that nobody has who is alive, the one that the others wait for most.
    private int furthestBehind(long[] cells) {
        int furthest = NOWHERE;
        for (int each = 0; each < parties; each++) {
            boolean isFree = !table.isAlive(tag(cells[each]));
            if (isFree
                    && (furthest == NOWHERE || phase(cells[each]) - phase(cells[furthest]) < 0)) {
                furthest = each;
            }
        }
        return furthest;
    }

    /// Is a party no longer; those who wait for it, wait for another in its place. Never waits.
    public void leave() {
        long cell = own();
        if (!words.compareAndSetLong(at(place), cell, cell(ParticipantTable.NOBODY, phase(cell)))) {
            throw takenAway();
        }
        place = NOWHERE;
    }

    /// Says that this party has come to the next phase; never waits.
    ///
    /// @return the phase
    /// @throws IllegalStateException if this handle is no party
    public int arrive() {
        long cell = own();
        int phase = phase(cell) + 1;
        if (!words.compareAndSetLong(at(place), cell, cell(me, phase))) {
            throw takenAway();
        }
        if (look(phase) == Outcome.COMPLETE) {
            events.signalAll();
        }
        return phase;
    }

    private long own() {
        if (place == NOWHERE) {
            throw new IllegalStateException("this handle has not joined");
        }
        long cell = words.getLong(at(place));
        if (tag(cell) != me) {
            throw takenAway();
        }
        return cell;
    }

    private static IllegalStateException takenAway() {
        return new IllegalStateException("the place was taken away: nonsense was stored in it");
    }

    /// Arrives at the next phase and waits for the others.
    ///
    /// @throws InterruptedException if interrupted before; it has arrived
    /// @throws java.nio.channels.ClosedChannelException if the region is closed meanwhile
    public Outcome arriveAndAwait() throws IOException, InterruptedException {
        return await(arrive());
    }

    /// Waits until all parties have arrived at a phase; for anybody.
    ///
    /// @param phase as [#arrive] returned it; 1 for the first
    /// @throws InterruptedException if interrupted before
    /// @throws java.nio.channels.ClosedChannelException if the region is closed meanwhile
    public Outcome await(int phase) throws IOException, InterruptedException {
        return await(phase, Deadline.NEVER);
    }

    /// Waits at most `timeout`.
    public Outcome await(int phase, Duration timeout) throws IOException, InterruptedException {
        return await(phase, Deadline.after(timeout));
    }

    private Outcome await(int phase, Deadline deadline) throws IOException, InterruptedException {
        var outcome = events.await(() -> look(phase), deadline);
        return outcome == null ? Outcome.TIMED_OUT : outcome;
    }

    /// @return null while those who have not arrived are alive, or have not joined
    private @Nullable Outcome look(int phase) {
        boolean isComplete = true;
        for (int each = 0; each < parties; each++) {
            long cell = words.getLong(at(each));
            if (phase(cell) - phase < 0) {
                isComplete = false;
                boolean isDead = tag(cell) != ParticipantTable.NOBODY && !table.isAlive(tag(cell));
                if (isDead && words.getLong(at(each)) == cell) { // it arrived, and then died
                    return Outcome.PARTY_DIED;
                }
            }
        }
        return isComplete ? Outcome.COMPLETE : null;
    }

    private long at(int party) {
        return offset + PLACES + (long) party * Long.BYTES;
    }

    /// Who has a place, and the phase at which it has arrived.
    private static long cell(int tag, int phase) {
        return ((long) tag << 32) | Integer.toUnsignedLong(phase);
    }

    private static int tag(long cell) {
        return (int) (cell >>> 32);
    }

    private static int phase(long cell) {
        return (int) cell;
    }
}
