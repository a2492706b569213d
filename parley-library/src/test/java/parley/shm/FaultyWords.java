package parley.shm;

import java.io.IOException;
import parley.ready.Deadline;

/// Words that make a mistake.
final class FaultyWords extends Words {
    private final Words words;
    private final Fault fault;

    FaultyWords(Words words, Fault fault) {
        this.words = words;
        this.fault = fault;
    }

    @Override
    int getInt(long offset) {
        return words.getInt(offset);
    }

    @Override
    long getLong(long offset) {
        return fault.seen(words.getLong(offset));
    }

    @Override
    int getIntOpaque(long offset) {
        return words.getIntOpaque(offset);
    }

    @Override
    void setInt(long offset, int value) {
        words.setInt(offset, value);
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
        if (!fault.isCompared()) {
            words.setInt(offset, value);
            return true;
        }
        if (!fault.isOneStep()) {
            return words.getInt(offset) == expected
                    && words.compareAndSetInt(offset, words.getInt(offset), value);
        }
        return fault.result(words.compareAndSetInt(offset, expected, fault.stored(value)));
    }

    @Override
    boolean compareAndSetLong(long offset, long expected, long value) {
        if (!fault.isOneStep()) {
            return words.getLong(offset) == expected
                    && words.compareAndSetLong(offset, words.getLong(offset), value);
        }
        return words.compareAndSetLong(offset, expected, fault.stored(value));
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
        int compared = fault.sleepsAnyway() ? words.getInt(offset) : expected;
        words.await(offset, compared, deadline);
    }

    @Override
    int wake(long offset, int count) {
        return words.wake(offset, fault.woken(count));
    }
}
