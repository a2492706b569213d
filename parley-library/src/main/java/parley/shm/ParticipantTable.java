package parley.shm;

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
/// alive, alive to free in the next generation, died to free in the next generation. The kernel's
/// change is of the lower half alone.
final class ParticipantTable {
    /// More than one call of futex_waitv(2) can watch is not wanted.
    static final int SLOTS_MAX = 120;

    static final int SLOT_BYTES = 64;

    /// No participant's: what a tag can never be.
    static final int NOBODY = 0;

    /// Bits of a tag; the two above are a lock's own.
    static final int TAG_MASK = 0x3fff_ffff;

    private static final int SLOT_BITS = 8;
    private static final int GENERATION_MASK = TAG_MASK >>> SLOT_BITS;

    private static final int LEFT = 8; // the generation that last left by itself, plus 1
    private static final int PROCESS = 12; // as it is numbered in its own PID namespace

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
        return (life & LinuxFutex.FUTEX_TID_MASK) != 0 && (life & LinuxFutex.FUTEX_OWNER_DIED) == 0;
    }

    private static long freed(long owner) {
        return (long) (generation(owner) + 1 & GENERATION_MASK) << 32;
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
    /// @param beforeEach told the slot before it may become ours, so that the kernel knows of its
    ///   life word when it does
    /// @return the tag, [#NOBODY] if all slots are taken
    int claim(int threadId, int pid, IntConsumer beforeEach) {
        int life = threadId | (int) LinuxFutex.FUTEX_WAITERS;
        for (int slot = 0; slot < slots; slot++) {
            long at = lifeOffset(slot);
            long owner = words.getLong(at);
            if (life(owner) != 0 && !isAlive(owner)) {
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
            }
        }
        return NOBODY;
    }

    /// Gives a slot back. What its owner still holds is as if he had died.
    void leave(int tag) {
        long at = lifeOffset(slotOf(tag));
        long owner = words.getLong(at);
        if (generation(owner) == generationOf(tag)) {
            words.setInt(at + LEFT, generationOf(tag) + 1);
            boolean _ = words.compareAndSetLong(at, owner, freed(owner));
        }
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
        return words.getInt(lifeOffset(slotOf(tag)) + LEFT) == generationOf(tag) + 1;
    }

    /// The number of a participant's process in its own PID namespace; 0 if he has not said yet.
    int pid(int tag) {
        return words.getInt(lifeOffset(slotOf(tag)) + PROCESS);
    }
}
