package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import parley.memory.Mapping;
import parley.ready.Deadline;
import parley.shm.WeakWords.Weakness;

/// Memory of a mapping for the states of a test, of which there are ten thousand at a time: a cell
/// for each, zeroed, which is another's when all others have been used. And three participants whom
/// all have, two alive and one dead.
final class Cells {
    static final Words WORDS;
    static final ParticipantTable TABLE;

    /// Tags.
    static final int FIRST;

    static final int SECOND;
    static final int DEAD;

    private static final int CELL_BYTES = 256;
    private static final int CELLS = 1 << 17; // the first one is the table of participants
    private static final MemorySegment MEMORY;
    private static final ParticipantTable.Kernel NO_KERNEL =
            new ParticipantTable.Kernel() {
                @Override
                public boolean reserve(int slot) {
                    return true;
                }

                @Override
                public void release(int slot) {}

                @Override
                public boolean watch(int slot) {
                    return true;
                }

                @Override
                public void watchNothing() {}
            };
    private static final AtomicInteger NEXT = new AtomicInteger();

    static {
        try {
            var mapping = Mapping.anonymous((long) CELLS * CELL_BYTES);
            MEMORY = mapping.segment();
            WORDS = weakened(new SegmentWords(mapping));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        TABLE = new ParticipantTable(WORDS, 0, 3);
        FIRST = claim(TABLE, 1);
        SECOND = claim(TABLE, 2);
        DEAD = claim(TABLE, 3);
        kill(TABLE, DEAD);
    }

    private Cells() {}

    /// `-jvmArgsPrepend -Dparley.stress.weakness=NAME` shows what the tests find.
    private static Words weakened(SegmentWords words) {
        var weakness = System.getProperty("parley.stress.weakness");
        return weakness == null ? words : new WeakWords(words, Weakness.valueOf(weakness));
    }

    /// The next cell: where it begins.
    static long next() {
        int cell = 1 + Math.floorMod(NEXT.getAndIncrement(), CELLS - 1);
        long offset = (long) cell * CELL_BYTES;
        MEMORY.asSlice(offset, CELL_BYTES).fill((byte) 0);
        return offset;
    }

    /// What one of them uses.
    static Structures structures(int tag) {
        return new Structures(WORDS, TABLE, new Sleepers(WORDS, TABLE), "cells", tag);
    }

    /// Takes a slot, with a kernel that keeps nobody off it: more is left to the table then.
    static int claim(ParticipantTable table, int threadId) {
        return table.claim(threadId, threadId, 0, NO_KERNEL);
    }

    /// What the kernel does.
    static void kill(ParticipantTable table, int tag) {
        int slot = ParticipantTable.slotOf(tag);
        table.markDead(slot, table.owner(slot));
    }

    /// Actors throw nothing checked.
    static void lock(MutexWord mutex, int me) {
        try {
            var _ = mutex.lock(me, Deadline.NEVER);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// As the data of a region is read and written: without any order.
    static int getPlain(long offset) {
        return MEMORY.get(JAVA_INT, offset);
    }

    static void setPlain(long offset, int value) {
        MEMORY.set(JAVA_INT, offset, value);
    }
}
