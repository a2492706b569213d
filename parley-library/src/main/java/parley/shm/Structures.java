package parley.shm;

/// What the structures in a region are made of, as one of its participants uses them.
///
/// @param words the memory
/// @param table who takes part
/// @param sleepers where threads of this process sleep
/// @param object what the region is called
/// @param me the participant's tag
record Structures(Words words, ParticipantTable table, Sleepers sleepers, String object, int me) {
    SharedMutex mutex(long offset) {
        return new SharedMutex(object, sleepers.mutexWord(offset), me);
    }

    EventCount eventCount(long offset) {
        return sleepers.eventCount(offset);
    }

    SharedCounter counter(long offset) {
        return new SharedCounter(words, offset);
    }

    /// Sets a number of a structure that is new, 0; of any other it is to be the same.
    ///
    /// @throws IllegalArgumentException if it is another
    void agree(long offset, int count, String what) {
        boolean _ = words.compareAndSetInt(offset, 0, count);
        int agreed = words.getInt(offset);
        if (agreed != count) {
            throw new IllegalArgumentException(
                    "it has %d %s, not %d".formatted(agreed, what, count));
        }
    }
}
