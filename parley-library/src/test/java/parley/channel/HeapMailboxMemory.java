package parley.channel;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/// The memory of a mailbox in the Java heap, for one thread: before each access, a copy's every
/// eight bytes among them, the process may be killed. Of what it had stored since the last store in
/// order, any part is there then.
class HeapMailboxMemory extends MailboxMemory {
    /// Thrown where a process is killed.
    static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;

        Killed() {
            super("killed", null, false, false);
        }
    }

    private static final int NEVER = Integer.MAX_VALUE;

    private final long[] words;
    private final Map<Integer, Long> before = new LinkedHashMap<>(); // of words stored since then
    private final Random random;
    private int accessesLeft = NEVER;
    private long accesses;

    HeapMailboxMemory(MailboxLayout layout, Random random) {
        this(new long[(int) layout.bytes() / Long.BYTES], random);
    }

    private HeapMailboxMemory(long[] words, Random random) {
        super(MemorySegment.ofArray(words));
        this.words = words;
        this.random = random;
    }

    /// Kills whoever makes the access after so many.
    void killAfter(int count) {
        accessesLeft = count;
    }

    /// Nobody is killed from now on, and all that was stored is there.
    void live() {
        accessesLeft = NEVER;
        before.clear();
    }

    long accesses() {
        return accesses;
    }

    long[] copy() {
        return words.clone();
    }

    void restore(long[] copy) {
        System.arraycopy(copy, 0, words, 0, words.length);
        before.clear();
    }

    private void step() {
        accesses++;
        if (accessesLeft-- == 0) {
            loseSome();
            throw new Killed();
        }
    }

    private void loseSome() {
        before.forEach((at, value) -> {
            if (random.nextInt(4) == 0) {
                words[at] = value;
            }
        });
        before.clear();
    }

    private void stores(long offset) {
        step();
        if (accessesLeft < NEVER / 2) { // else nobody is killed
            int at = (int) offset / Long.BYTES;
            before.putIfAbsent(at, words[at]);
        }
    }

    @Override
    int getInt(long offset) {
        step();
        return super.getInt(offset);
    }

    @Override
    void setInt(long offset, int value) {
        stores(offset);
        super.setInt(offset, value);
    }

    @Override
    long getLong(long offset) {
        step();
        return super.getLong(offset);
    }

    @Override
    void setLong(long offset, long value) {
        stores(offset);
        super.setLong(offset, value);
    }

    @Override
    void setInOrder(long offset, int value) {
        before.clear();
        setInt(offset, value);
        before.clear();
    }

    @Override
    void copyIn(MemorySegment from, long fromOffset, long offset, long bytes) {
        for (long done = 0; done < bytes; done += Long.BYTES) {
            stores(offset + done);
            long now = Math.min(Long.BYTES, bytes - done);
            super.copyIn(from, fromOffset + done, offset + done, now);
        }
    }

    @Override
    void copyOut(long offset, MemorySegment into, long intoOffset, long bytes) {
        for (long done = 0; done < bytes; done += Long.BYTES) {
            step();
            long now = Math.min(Long.BYTES, bytes - done);
            super.copyOut(offset + done, into, intoOffset + done, now);
        }
    }
}
