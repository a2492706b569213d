package parley.shm;

import java.io.IOException;
import parley.ready.Deadline;

/// Words with less than all is built on: what the tests are to find.
final class WeakWords extends Words {
    enum Weakness {
        /// A store may be done after the loads that follow it.
        STORE_IS_PLAIN,
        /// A compare-and-set compares in one step, and stores in another.
        COMPARED_IN_A_STEP_OF_ITS_OWN
    }

    private final Words words;
    private final Weakness weakness;

    WeakWords(Words words, Weakness weakness) {
        this.words = words;
        this.weakness = weakness;
    }

    @Override
    int getInt(long offset) {
        return words.getInt(offset);
    }

    @Override
    long getLong(long offset) {
        return words.getLong(offset);
    }

    @Override
    int getIntOpaque(long offset) {
        return words.getIntOpaque(offset);
    }

    @Override
    void setInt(long offset, int value) {
        if (weakness == Weakness.STORE_IS_PLAIN) {
            Cells.setPlain(offset, value);
        } else {
            words.setInt(offset, value);
        }
    }

    @Override
    int getAndAddInt(long offset, int delta) {
        return words.getAndAddInt(offset, delta);
    }

    @Override
    long getAndAddLong(long offset, long delta) {
        return words.getAndAddLong(offset, delta);
    }

    @Override
    boolean compareAndSetInt(long offset, int expected, int value) {
        if (weakness == Weakness.COMPARED_IN_A_STEP_OF_ITS_OWN) {
            int seen = words.getInt(offset);
            return seen == expected && words.compareAndSetInt(offset, words.getInt(offset), value);
        }
        return words.compareAndSetInt(offset, expected, value);
    }

    @Override
    boolean compareAndSetLong(long offset, long expected, long value) {
        if (weakness == Weakness.COMPARED_IN_A_STEP_OF_ITS_OWN) {
            long seen = words.getLong(offset);
            return seen == expected
                    && words.compareAndSetLong(offset, words.getLong(offset), value);
        }
        return words.compareAndSetLong(offset, expected, value);
    }

    @Override
    boolean isOpen() {
        return words.isOpen();
    }

    @Override
    int spins() {
        return words.spins();
    }

    @Override
    void await(long offset, int expected, Deadline deadline)
            throws IOException, InterruptedException {
        words.await(offset, expected, deadline);
    }

    @Override
    int wake(long offset, int count) {
        return words.wake(offset, count);
    }
}
