package parley.sysv;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterAll;
import parley.contract.SharedMemoryContract;
import parley.memory.Futex;
import parley.memory.Protection;

final class SysvSharedMemoryContractTest extends SharedMemoryContract {
    @AfterAll
    static void nothingIsLeft() throws IOException {
        Traces.assertNothingLeft();
    }

    private record Opened(SysvSharedMemory memory) implements View {
        @Override
        public MemorySegment segment() {
            return memory.segment();
        }

        @Override
        public Futex futex(long offset) {
            return memory.futex(offset);
        }

        @Override
        public void close() {
            memory.close();
        }
    }

    @Override
    protected Memory create(long bytes) throws Exception {
        var key = Traces.newKey();
        SysvSharedMemory.create(key, bytes).close();
        return new Memory() {
            @Override
            public View open() throws Exception {
                return new Opened(SysvSharedMemory.open(key));
            }

            @Override
            public View openReadOnly() throws Exception {
                return new Opened(SysvSharedMemory.open(key, Protection.READ_ONLY));
            }

            @Override
            public void dispose() throws Exception {
                SysvSharedMemory.remove(key);
            }
        };
    }
}
