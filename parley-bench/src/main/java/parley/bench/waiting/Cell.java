package parley.bench.waiting;

import java.util.List;
import parley.memory.Futex;
import parley.memory.MemoryFile;
import parley.memory.Protection;
import parley.ready.EventFd;
import parley.tool.demo.Closing;

/// Something that one virtual thread waits on, and is woken by.
interface Cell {
    /// Waits until it is woken once.
    void await() throws Exception;

    /// Wakes the one who waits, or will.
    void wake() throws Exception;

    /// A kind of cells.
    ///
    /// @param name as the report has it
    record Kind(String name, Making making) {}

    /// What makes a cell, which goes to `end`.
    @FunctionalInterface
    interface Making {
        Cell make(Closing end) throws Exception;
    }

    /// All of them.
    List<Kind> ALL =
            List.of(new Kind("descriptors", Counter::make), new Kind("futex words", Word::make));

    /// A descriptor of its own.
    record Counter(EventFd fd) implements Cell {
        static Cell make(Closing end) throws Exception {
            return new Counter(end.add(EventFd.create()));
        }

        @Override
        public void await() throws Exception {
            long sum = fd.take();
            if (sum != 1) {
                throw new IllegalStateException("woken " + sum + " times");
            }
        }

        @Override
        public void wake() throws Exception {
            fd.add(1);
        }
    }

    /// A futex word of its own.
    final class Word implements Cell {
        private static final int BYTES = 64; // a cache line

        private final Futex futex;
        private int seen;

        private Word(Futex futex) {
            this.futex = futex;
        }

        static Cell make(Closing end) throws Exception {
            try (var memory = MemoryFile.create("parley-bench", BYTES)) {
                return new Word(end.add(memory.map(Protection.READ_WRITE)).futex(0));
            }
        }

        @Override
        public void await() throws Exception {
            while (futex.get() == seen) {
                var _ = futex.await(seen);
            }
            int now = futex.get();
            seen++;
            if (now != seen) {
                throw new IllegalStateException("woken " + (now - seen + 1) + " times");
            }
        }

        @Override
        public void wake() throws Exception {
            int _ = futex.getAndAdd(1);
            int _ = futex.wake(1);
        }
    }
}
