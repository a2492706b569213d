package parley.shm;

import parley.ready.Deadline;

/// Words in the Java heap, for one thread: before each access something else may happen, as between
/// two steps of a process, or the process may be killed.
class HeapWords extends Words {
    /// Thrown where a process is killed; nothing of it happens any more.
    static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;

        Killed() {
            super("killed", null, false, false);
        }
    }

    /// What happens before an access.
    interface Step {
        void before();
    }

    private final long[] memory;
    private Step step = () -> {};

    HeapWords(int bytes) {
        memory = new long[bytes / Long.BYTES];
    }

    /// Sets what happens; returns what happened before.
    Step beforeEach(Step next) {
        var last = step;
        step = next;
        return last;
    }

    /// Does something between two steps.
    void quietly(Runnable action) {
        var last = beforeEach(() -> {});
        action.run();
        step = last;
    }

    int bytes() {
        return memory.length * Long.BYTES;
    }

    long[] copy() {
        return memory.clone();
    }

    void restore(long[] copy) {
        System.arraycopy(copy, 0, memory, 0, memory.length);
    }

    private static int index(long offset) {
        return (int) (offset / Long.BYTES);
    }

    private static int shift(long offset) {
        return (int) (offset % Long.BYTES) * Byte.SIZE; // little-endian, as it is in use
    }

    private int peekInt(long offset) {
        return (int) (memory[index(offset)] >>> shift(offset));
    }

    private void pokeInt(long offset, int value) {
        long mask = 0xffff_ffffL << shift(offset);
        long placed = Integer.toUnsignedLong(value) << shift(offset);
        memory[index(offset)] = (memory[index(offset)] & ~mask) | placed;
    }

    @Override
    int getInt(long offset) {
        step.before();
        return peekInt(offset);
    }

    @Override
    long getLong(long offset) {
        step.before();
        return memory[index(offset)];
    }

    @Override
    int getIntOpaque(long offset) {
        return getInt(offset);
    }

    @Override
    void setInt(long offset, int value) {
        step.before();
        pokeInt(offset, value);
    }

    /// As the kernel does.
    void setLong(long offset, long value) {
        step.before();
        memory[index(offset)] = value;
    }

    @Override
    int getAndAddInt(long offset, int delta) {
        step.before();
        int before = peekInt(offset);
        pokeInt(offset, before + delta);
        return before;
    }

    @Override
    long getAndAddLong(long offset, long delta) {
        step.before();
        long before = memory[index(offset)];
        memory[index(offset)] = before + delta;
        return before;
    }

    @Override
    boolean compareAndSetInt(long offset, int expected, int value) {
        step.before();
        if (peekInt(offset) != expected) {
            return false;
        }
        pokeInt(offset, value);
        return true;
    }

    @Override
    boolean compareAndSetLong(long offset, long expected, long value) {
        step.before();
        if (memory[index(offset)] != expected) {
            return false;
        }
        memory[index(offset)] = value;
        return true;
    }

    @Override
    boolean isOpen() {
        return true;
    }

    @Override
    int spins() {
        return 0;
    }

    @Override
    void await(long offset, int expected, Deadline deadline) throws InterruptedException {
        throw new UnsupportedOperationException("nobody sleeps here");
    }

    @Override
    int wake(long offset, int count) {
        step.before();
        return 0;
    }
}
