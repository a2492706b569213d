package parley.bench.transports;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.util.List;
import parley.memory.MemoryFile;
import parley.memory.Protection;
import parley.os.FileMode;
import parley.posix.PosixMessageQueue;
import parley.posix.PosixSemaphore;
import parley.sysv.SysvMessageQueue;
import parley.sysv.SysvSemaphoreSet;
import parley.tool.demo.Closing;

/// What a transport needs before there is a process, and what is not found in a directory.
///
/// @param memory of both processes, as [SlotRing] has it
/// @param words that name the rest
record KernelObjects(MemoryFile memory, List<String> words) {
    /// Makes what a transport needs; it goes with `end`.
    static KernelObjects make(Transport transport, Closing end) throws Exception {
        var memory = end.add(MemoryFile.create("parley-bench", SlotRing.ALL_BYTES));
        var words =
                switch (transport) {
                    case SYSV_QUEUE -> List.of(sysvQueue(end), sysvQueue(end));
                    case POSIX_QUEUE -> List.of(posixQueue(0, end), posixQueue(1, end));
                    case SYSV_SEMAPHORES -> List.of(sysvSemaphores(end));
                    default -> List.<String>of();
                };
        try (var mapping = memory.map(Protection.READ_WRITE)) {
            for (int gate = 0; gate < SlotRing.GATES; gate++) {
                int value = SlotRing.initialValue(gate);
                var room = mapping.segment().asSlice(SlotRing.gateOffset(gate));
                switch (transport) {
                    case POSIX_SEMAPHORES -> PosixSemaphore.createUnnamed(room, value).close();
                    case MEMORY -> room.set(JAVA_LONG, 0, value);
                    default -> {}
                }
            }
        }
        return new KernelObjects(memory, words);
    }

    private static String sysvQueue(Closing end) throws IOException {
        var queue = end.add(SysvMessageQueue.createPrivate());
        end.add(queue::remove);
        return Integer.toString(queue.id());
    }

    private static String posixQueue(int index, Closing end) throws IOException {
        var name = "/parley-bench-%d-%x".formatted(index, System.nanoTime());
        end.add(
                PosixMessageQueue.create(
                        name, PosixMessageQueue.Size.DEFAULT, FileMode.OWNER_ONLY));
        end.add(() -> PosixMessageQueue.unlink(name));
        return name;
    }

    private static String sysvSemaphores(Closing end) throws IOException {
        var values = new int[SlotRing.GATES];
        for (int gate = 0; gate < values.length; gate++) {
            values[gate] = SlotRing.initialValue(gate);
        }
        var set = end.add(SysvSemaphoreSet.createPrivate(values));
        end.add(set::remove);
        return Integer.toString(set.id());
    }
}
