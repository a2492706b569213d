package parley.shm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import parley.kernel.LinuxFutex;
import parley.shm.SharedRegion.Participant;

/// Who takes part in a region: a slot for each, whose first 64 bits say who has it and whether he
/// lives.
///
/// The lower half of these is the *life word*: 0, nobody has the slot; a thread's number with
/// [LinuxFutex#FUTEX_WAITERS], its owner lives; [LinuxFutex#FUTEX_OWNER_DIED], he died, which the
/// kernel stores. The upper half is the slot's generation, which is another for each owner. So a
/// *tag*, made of slot and generation, names a participant for ever, and one load says whether he
/// lives: he does if the slot has his generation and a life word that says so.
///
/// **Valid after every store.** All changes are single compare-and-sets of the 64 bits, from free,
/// or from dead, to alive in the next generation. The kernel's change is of the lower half alone:
/// however a participant ends, the kernel tells it.
///
/// **Assumptions.** Nobody holds a tag while 4,194,304 others come and go in its slot: then it
/// would name another. **Guarantees.** All is wait-free.
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

    private static final int UNWATCHED = 8; // a generation, plus 1
    private static final int PROCESS = 12; // as it is numbered in its own PID namespace
    private static final int LEFT = 16; // generations that left by themselves, plus 1
    private static final int LEFT_COUNT = 8; // so many are remembered

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
        return (life & LinuxFutex.FUTEX_TID_MASK) != 0 && !isDead(owner);
    }

    static boolean isDead(long owner) {
        return (life(owner) & LinuxFutex.FUTEX_OWNER_DIED) != 0;
    }

    /// The first 64 bits of a slot that nobody has, some generations later.
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

    /// What the kernel does for who takes a slot.
    interface Kernel {
        /// Keeps all others off a slot, until [#release] or until nothing of this process is left.
        ///
        /// @return false if somebody else does
        boolean reserve(int slot);

        /// Keeps nobody off it any more.
        void release(int slot);

        /// Marks the life word of the slot when the thread ends, if the thread's number is in it.
        ///
        /// @return false if it does not, where that is forbidden
        boolean watch(int slot);

        /// Marks nothing.
        void watchNothing();
    }

    /// Takes a slot.
    ///
    /// @param threadId of the thread whose end the kernel shall tell
    /// @param pid of this process, for people
    /// @param first the slot to begin with; if it is always another, generations come again late
    /// @return the tag, [#NOBODY] if all slots are taken
    int claim(int threadId, int pid, int first, Kernel kernel) {
        int life = threadId | (int) LinuxFutex.FUTEX_WAITERS;
        int tag = claim(life, pid, first, kernel, false);
        return tag != NOBODY ? tag : claim(life, pid, first, kernel, true);
    }

    /// @param alsoAlive takes one that looks alive, too: whose lock nobody has is gone all the same
    private int claim(int life, int pid, int first, Kernel kernel, boolean alsoAlive) {
        for (int i = 0; i < slots; i++) {
            int slot = Math.floorMod(first + i, slots);
            if ((alsoAlive || !isAlive(owner(slot))) && kernel.reserve(slot)) {
                long owner = owner(slot);
                boolean isFree = alsoAlive || !isAlive(owner);
                int tag = isFree ? take(slot, owner, life, pid, kernel) : NOBODY;
                if (tag != NOBODY) {
                    return tag;
                }
                kernel.release(slot);
            }
        }
        return NOBODY;
    }

    /// The kernel watches before the slot is ours: whoever is killed just here is marked only where
    /// his thread's number is, and nobody else of that number, of another PID namespace, can have
    /// the slot before. What belongs to it is said before, too.
    private int take(int slot, long owner, int life, int pid, Kernel kernel) {
        boolean isWatched = kernel.watch(slot);
        long free = life(owner) == 0 ? owner : freed(owner, 1);
        long ours = (free & ~0xffff_ffffL) | Integer.toUnsignedLong(life);
        words.setInt(unwatchedOffset(slot), isWatched ? 0 : generation(ours) + 1);
        words.setInt(lifeOffset(slot) + PROCESS, pid);
        if (words.compareAndSetLong(lifeOffset(slot), owner, ours)) {
            return tag(slot, ours);
        }
        kernel.watchNothing();
        return NOBODY;
    }

    /// Says that a participant ends by himself, before the thread does whose end is his.
    void sayLeft(int tag) {
        words.setInt(leftOffset(tag), generationOf(tag) + 1);
    }

    /// Marks somebody dead whose end the kernel does not tell: he does not ask for it, and is gone.
    ///
    /// @param owner as he was seen alive
    void markDead(int slot, long owner) {
        long died = LinuxFutex.FUTEX_WAITERS | LinuxFutex.FUTEX_OWNER_DIED;
        boolean _ =
                words.compareAndSetLong(lifeOffset(slot), owner, (owner & ~0xffff_ffffL) | died);
    }

    /// True if the kernel does not tell the end of who has a slot.
    boolean isUnwatched(int slot, long owner) {
        return words.getInt(unwatchedOffset(slot)) == generation(owner) + 1;
    }

    private long unwatchedOffset(int slot) {
        return lifeOffset(slot) + UNWATCHED;
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

    /// Those who are alive now.
    List<Participant> participants() {
        var all = new ArrayList<Participant>();
        for (int slot = 0; slot < slots; slot++) {
            long owner = owner(slot);
            if (isAlive(owner)) {
                all.add(new Participant(tag(slot, owner), pid(slot, owner)));
            }
        }
        return all;
    }

    /// Who has a tag, if he is alive.
    Optional<Participant> participant(int tag) {
        return isAlive(tag) ? Optional.of(new Participant(tag, pid(tag))) : Optional.empty();
    }

    private int pid(int tag) {
        int slot = slotOf(tag);
        long owner = owner(slot);
        return generation(owner) == generationOf(tag) ? pid(slot, owner) : 0;
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

    /// True while nobody else has had the participant's slot.
    boolean hasSlot(int tag) {
        int slot = slotOf(tag);
        return slot >= 0 && slot < slots && generation(owner(slot)) == generationOf(tag);
    }

    /// True if a participant who is not alive any more has left by himself, as far as is known.
    boolean hasLeft(int tag) {
        return words.getInt(leftOffset(tag)) == generationOf(tag) + 1;
    }

    /// The number of an owner's process, in its own PID namespace; 0 if the slot is another's by
    /// now.
    int pid(int slot, long owner) {
        int pid = words.getInt(lifeOffset(slot) + PROCESS);
        return generation(owner(slot)) == generation(owner) ? pid : 0;
    }
}
