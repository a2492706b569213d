package parley.shm;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import parley.kernel.LinuxFutex;

/// Who takes part in a region: a slot for each, whose first 64 bits say who has it and whether he
/// lives.
///
/// The lower half of these is the *life word*: 0, nobody has the slot; a thread's number with
/// [LinuxFutex#FUTEX_WAITERS], its owner lives; [LinuxFutex#FUTEX_OWNER_DIED], he died, which the
/// kernel stores. The upper half is the slot's generation, which is another for each owner. So a
/// *tag*, made of slot and generation, names a participant for ever, and one load says whether he
/// lives: he does if the slot has his generation and a life word that says so.
///
/// **Valid after every store.** All changes are single compare-and-sets of the 64 bits: free to
/// alive, alive to leaving, leaving or died to free in the next generation. The kernel's change is
/// of the lower half alone.
///
/// **Assumptions.** Nobody holds a tag while 4,194,304 others come and go in its slot: then it
/// would name another. **Guarantees.** A claim is lock-free, all else is wait-free.
final class ParticipantTable {
    /// As many as one call of futex_waitv(2) can watch, and a few less.
    static final int SLOTS_MAX = 120;

    static final int SLOT_BYTES = 64;

    /// No participant's: what a tag can never be.
    static final int NOBODY = 0;

    /// Bits of a tag; the two above are a lock's own.
    static final int TAG_MASK = 0x3fff_ffff;

    private static final int SLOT_BITS = 8;
    private static final int GENERATION_MASK = TAG_MASK >>> SLOT_BITS;

    private static final int PROCESS = 12; // as it is numbered in its own PID namespace
    private static final int LEFT = 16; // generations that left by themselves, plus 1
    private static final int LEFT_COUNT = 8; // so many are remembered

    /// A life word: its owner is about to leave, and is not alive any more. No thread has the
    /// number.
    private static final int LEAVING = LinuxFutex.FUTEX_TID_MASK;

    private final Words words;
    private final long offset;
    private final int slots;

    /// @param offset of the first slot, a multiple of 64
    ParticipantTable(Words words, long offset, int slots) {
        this.words = words;
        this.offset = offset;
        this.slots = slots;
    }

    static int slotOf(int tag) {
        return (tag & ((1 << SLOT_BITS) - 1)) - 1;
    }

    private static int generationOf(int tag) {
        return tag >>> SLOT_BITS;
    }

    static int tag(int slot, long owner) {
        return (generation(owner) << SLOT_BITS) | (slot + 1);
    }

    private static int generation(long owner) {
        return (int) (owner >>> 32) & GENERATION_MASK;
    }

    static int life(long owner) {
        return (int) owner;
    }

    static boolean isAlive(long owner) {
        int life = life(owner);
        return (life & LinuxFutex.FUTEX_TID_MASK) != 0 && life != LEAVING && !isDead(owner);
    }

    static boolean isDead(long owner) {
        return (life(owner) & LinuxFutex.FUTEX_OWNER_DIED) != 0;
    }

    private static long freed(long owner) {
        return freed(owner, 1);
    }

    private static long freed(long owner, int times) {
        return (long) ((generation(owner) + times) & GENERATION_MASK) << 32;
    }

    int slots() {
        return slots;
    }

    /// Where a slot's life word is.
    long lifeOffset(int slot) {
        return offset + (long) slot * SLOT_BYTES;
    }

    /// What a slot's first 64 bits are: read once, they are one moment.
    long owner(int slot) {
        return words.getLong(lifeOffset(slot));
    }

    /// Takes a slot.
    ///
    /// @param threadId of the thread whose end the kernel shall tell
    /// @param pid of this process, for people
    /// @param first the slot to begin with; if it is always another, generations come again late
    /// @param beforeEach told the slot before it may become ours, so that the kernel knows of its
    ///   life word when it does; a negative number when it has not become ours
    /// @return the tag, [#NOBODY] if all slots are taken
    int claim(int threadId, int pid, int first, IntConsumer beforeEach) {
        int life = threadId | (int) LinuxFutex.FUTEX_WAITERS;
        for (int i = 0; i < slots; i++) {
            int slot = Math.floorMod(first + i, slots);
            long at = lifeOffset(slot);
            long owner = words.getLong(at);
            if (isDead(owner)) {
                long free = freed(owner);
                owner = words.compareAndSetLong(at, owner, free) ? free : words.getLong(at);
            }
            if (life(owner) == 0) {
                beforeEach.accept(slot);
                long ours = (owner & ~0xffff_ffffL) | Integer.toUnsignedLong(life);
                if (words.compareAndSetLong(at, owner, ours)) {
                    words.setInt(at + PROCESS, pid);
                    return tag(slot, ours);
                }
                beforeEach.accept(-1);
            }
        }
        return NOBODY;
    }

    /// Gives a slot back. What its owner still holds is as if he had died.
    ///
    /// @param whenLeaving has the kernel forget the life word: after it says that he is not alive
    ///   any more, and before somebody else may have the slot, whose thread may have the same
    ///   number in another PID namespace. Who is killed just there leaves the slot without use.
    void leave(int tag, Runnable whenLeaving) {
        long at = lifeOffset(slotOf(tag));
        long owner = words.getLong(at);
        if (generation(owner) != generationOf(tag) || !isAlive(owner)) {
            return; // somebody has stored nonsense
        }
        words.setInt(leftOffset(tag), generationOf(tag) + 1);
        long leaving = (owner & ~0xffff_ffffL) | LEAVING;
        boolean isOurs = words.compareAndSetLong(at, owner, leaving);
        whenLeaving.run();
        if (isOurs) {
            boolean _ = words.compareAndSetLong(at, leaving, freed(leaving));
        }
    }

    private long leftOffset(int tag) {
        int remembered = generationOf(tag) % LEFT_COUNT;
        return lifeOffset(slotOf(tag)) + LEFT + (long) remembered * Integer.BYTES;
    }

    /// Those who had a slot and are gone since it was last looked at; of many the last.
    ///
    /// @param before what the slot's first 64 bits were
    /// @param now what they are
    static List<Integer> goneBetween(int slot, long before, long now) {
        int passed = (generation(now) - generation(before)) & GENERATION_MASK;
        var gone = new ArrayList<Integer>();
        for (int i = Math.max(0, passed - LEFT_COUNT); i < passed; i++) {
            if (i > 0 || !isDead(before)) { // else it was told
                gone.add(tag(slot, freed(before, i)));
            }
        }
        if (isDead(now) && (passed > 0 || !isDead(before))) {
            gone.add(tag(slot, now));
        }
        return gone;
    }

    /// True while the participant lives; a stopped process does. Also false for what is no tag.
    boolean isAlive(int tag) {
        int slot = slotOf(tag);
        if (slot < 0 || slot >= slots) {
            return false;
        }
        long owner = words.getLong(lifeOffset(slot));
        return generation(owner) == generationOf(tag) && isAlive(owner);
    }

    /// True if a participant who is not alive any more has left by himself, as far as is known.
    boolean hasLeft(int tag) {
        return words.getInt(leftOffset(tag)) == generationOf(tag) + 1;
    }

    /// The number of the process that has a slot, or had it, in its own PID namespace; 0 if it has
    /// not said yet.
    int pid(int slot) {
        return words.getInt(lifeOffset(slot) + PROCESS);
    }
}
