package parley.shm;

/// A number that several processes count with; each change is one step, so a killed process leaves
/// it as it was before or after. Never waits; safe for many threads.
public final class SharedCounter {
    /// What it takes in memory, at a multiple of it; zeros are 0.
    public static final int BYTES = 8;

    private final Words words;
    private final long offset;

    SharedCounter(Words words, long offset) {
        this.words = words;
        this.offset = offset;
    }

    /// The number now.
    public long get() {
        return words.getLong(offset);
    }

    /// Adds to it; beyond the largest number it goes on with the smallest.
    ///
    /// @return what it was before
    public long getAndAdd(long delta) {
        return words.getAndAddLong(offset, delta);
    }

    /// Adds 1.
    public void increment() {
        long _ = getAndAdd(1);
    }

    /// Sets it.
    public void set(long value) {
        long before;
        do {
            before = get();
        } while (!compareAndSet(before, value));
    }

    /// Sets it if it is `expected`.
    public boolean compareAndSet(long expected, long value) {
        return words.compareAndSetLong(offset, expected, value);
    }
}
