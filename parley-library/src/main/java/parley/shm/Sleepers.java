package parley.shm;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The words of a region on which threads of this process may sleep: one object for each, and all
/// of them look again when a participant has died.
final class Sleepers {
    private final Words words;
    private final ParticipantTable table;
    private final Map<Long, MutexWord> mutexWords = new ConcurrentHashMap<>();
    private final Map<Long, EventCount> eventCounts = new ConcurrentHashMap<>();

    Sleepers(Words words, ParticipantTable table) {
        this.words = words;
        this.table = table;
    }

    MutexWord mutexWord(long offset) {
        return mutexWords.computeIfAbsent(offset, at -> new MutexWord(words, at, table));
    }

    EventCount eventCount(long offset) {
        return eventCounts.computeIfAbsent(offset, at -> new EventCount(words, at));
    }

    /// Somebody has died.
    void lookAgain() {
        mutexWords.values().forEach(MutexWord::lookAgain);
        eventCounts.values().forEach(EventCount::lookAgain);
    }
}
