package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/// Those who use one ring; each is killed at any access to memory, and followed by another, who may
/// be killed when he begins; and before any access others may do something whole, and be killed in
/// it.
abstract class RingSearch {
    static final int CAPACITY = 256;
    static final int BYTES_MAX = RingLayout.messageBytesMax(CAPACITY);

    private static final int ACTIONS = 60; // in one history
    private static final int NEVER = Integer.MAX_VALUE;

    /// As positions have it that were near the end of 64 bits.
    private static final long LATE = Long.MAX_VALUE - 7 - CAPACITY;

    final Random random;
    final HeapRingMemory memory;
    private final Set<Integer> acting = new HashSet<>();
    private long states;

    RingSearch(long seed, HeapRingMemory memory) {
        this.random = new Random(seed);
        this.memory = memory;
    }

    /// Goes through so many states.
    ///
    /// @throws AssertionError if one is wrong
    final void explore(long count) {
        while (states < count) {
            begin(random.nextBoolean() ? 0 : LATE & -RingLayout.ALIGNMENT);
            for (int i = 0; i < ACTIONS; i++) {
                act(anyBut(-1), 0);
            }
            try {
                end();
            } catch (IOException | IllegalStateException e) {
                throw new AssertionError(e);
            }
        }
    }

    /// A new ring, at a position.
    abstract void begin(long position);

    /// One of those who use it, but not this one.
    abstract int anyBut(int who);

    /// How many others act between two accesses.
    int othersInARow() {
        return 1;
    }

    /// How many are in the middle of something at most while one acts.
    int depthMax() {
        return 1;
    }

    /// Does something.
    abstract void act(int who) throws IOException;

    /// He was killed doing it.
    abstract void killed(int who);

    /// Looks whether all is there that should be.
    abstract void end() throws IOException;

    private void act(int who, int depth) {
        if (!acting.add(who)) {
            return;
        }
        int othersActBefore = depth < depthMax() ? random.nextInt(16) : NEVER;
        int killedBefore = random.nextInt(4) == 0 ? random.nextInt(24) : NEVER;
        var accesses = new int[1];
        var last =
                memory.beforeEach(() -> {
                    states++;
                    int access = accesses[0]++;
                    if (access == othersActBefore) {
                        for (int i = othersInARow(); i > 0; i--) {
                            act(anyBut(who), depth + 1);
                        }
                    }
                    if (access == killedBefore) {
                        throw new HeapWords.Killed();
                    }
                });
        try {
            act(who);
        } catch (HeapWords.Killed _) {
            killed(who);
        } catch (IOException | IllegalStateException e) {
            throw new AssertionError(e);
        } finally {
            acting.remove(who);
            memory.beforeEach(last);
        }
    }

    /// How long a message is.
    static int bytes(int number) {
        return Integer.BYTES + (int) (number * 31L % (BYTES_MAX - Integer.BYTES + 1));
    }

    /// Writes a message.
    ///
    /// @return its length
    static int fill(MemorySegment out, int number) {
        int bytes = bytes(number);
        out.asSlice(0, bytes).fill((byte) number);
        out.set(JAVA_INT_UNALIGNED, 0, number);
        return bytes;
    }

    /// Which message it is; all of it is of the same.
    static int number(MemorySegment in, int bytes) {
        int number = in.get(JAVA_INT_UNALIGNED, 0);
        for (int at = Integer.BYTES; at < bytes; at++) {
            if (in.get(JAVA_BYTE, at) != (byte) number) {
                throw new AssertionError("torn: " + number);
            }
        }
        return number;
    }

    /// Puts a message into the ring, in one of two ways.
    ///
    /// @return false if there is no room
    final boolean write(RecordWriter writer, MemorySegment out, int bytes) throws IOException {
        if (random.nextBoolean()) {
            return writer.write(out, bytes);
        }
        long place = writer.loan(BYTES_MAX);
        if (place < 0) {
            return false;
        }
        memory.copyIn(out, place, bytes);
        writer.commit(bytes);
        return true;
    }
}
