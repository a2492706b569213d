package parley.bench.waiting;

import java.util.List;
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
            List.of(new Kind("descriptors", end -> new Counter(end.add(EventFd.create()))));

    /// A descriptor of its own.
    record Counter(EventFd fd) implements Cell {
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
}
