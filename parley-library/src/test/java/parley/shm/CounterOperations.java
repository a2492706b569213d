package parley.shm;

import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;

/// A number that both count with.
@Param(name = "number", gen = IntGen.class, conf = "0:2")
public class CounterOperations {
    private final SharedCounter counter =
            new SharedCounter(LinearizabilityTest.withFault(new AtomicWords(Long.BYTES)), 0);

    @Operation
    public long get() {
        return counter.get();
    }

    @Operation
    public long getAndAdd(@Param(name = "number") int delta) {
        return counter.getAndAdd(delta);
    }

    @Operation
    public boolean compareAndSet(
            @Param(name = "number") int expected, @Param(name = "number") int value) {
        return counter.compareAndSet(expected, value);
    }

    /// What it is to be.
    public static class Model {
        private long count;

        public long get() {
            return count;
        }

        public long getAndAdd(int delta) {
            count += delta;
            return count - delta;
        }

        public boolean compareAndSet(int expected, int value) {
            boolean isExpected = count == expected;
            count = isExpected ? value : count;
            return isExpected;
        }
    }
}
