package parley.memory;

import java.time.Duration;
import java.util.List;
import parley.contract.WaitingContract;
import parley.memory.Futex.Expectation;

/// Waiting for one of several futex words.
final class FutexAnyContractTest extends WaitingContract {
    @Override
    protected Wait newWait() throws Exception {
        try (var file = MemoryFile.create("futex", 4096)) {
            var mapping = file.map(Protection.READ_WRITE);
            var words =
                    List.of(
                            new Expectation(mapping.futex(0), 0),
                            new Expectation(mapping.futex(64), 0));
            return new WordsWait(mapping, words);
        }
    }

    @Override
    protected Blocked blockedTimed() {
        return new Blocked("futex_waitv", 1);
    }

    private record WordsWait(Mapping mapping, List<Expectation> words) implements Wait {
        @Override
        public void forever() throws Exception {
            int _ = Futex.awaitAny(words);
        }

        @Override
        public boolean atMost(Duration timeout) throws Exception {
            return Futex.awaitAny(words, timeout).isPresent();
        }

        @Override
        public void satisfy() throws Exception {
            words.getLast().word().set(1);
            words.getLast().word().wakeAll();
        }

        @Override
        public boolean isTakenOnce() {
            return false;
        }

        @Override
        public void close() {
            mapping.close();
        }

        @Override
        public void dispose() {}
    }
}
