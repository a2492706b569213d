package parley.tool.demo;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import parley.memory.Mapping;
import parley.memory.MemoryFile;
import parley.memory.Protection;
import parley.os.Fd;
import parley.posix.PosixSemaphore;
import parley.posix.PosixSharedMemory;
import parley.sysv.SysvSemaphore;
import parley.sysv.SysvSemaphoreSet;
import parley.sysv.SysvSharedMemory;

/// Memory that both processes see, with semaphores or words in it that say whose turn it is.
final class Memories {
    private static final int SEMAPHORES = 4; // free and filled, in each direction

    /// Words of the two gates, each on a cache line of its own, after the slots.
    private static final long FIRST_WORD = SlotLink.BYTES;

    private static final long SECOND_WORD = SlotLink.BYTES + 64;
    private static final long BYTES_WITH_WORDS = SlotLink.BYTES + 128;

    private Memories() {}

    // System V shared memory, guarded by a System V semaphore set.

    static Offer offerSysv(Workplace workplace, Closing end) throws Exception {
        var memory = end.add(SysvSharedMemory.createPrivate(SlotLink.BYTES));
        end.add(memory::remove);
        var set = end.add(SysvSemaphoreSet.createPrivate(1, 0, 1, 0));
        end.add(set::remove);
        return new Offer(
                memory.address(),
                List.of(Integer.toString(memory.id()), Integer.toString(set.id())),
                () -> sysvLink(memory.segment(), set, true));
    }

    static Link joinSysv(List<String> details, List<Fd> descriptors, Closing end) throws Exception {
        int id = Integer.parseInt(details.get(0));
        var memory = end.add(SysvSharedMemory.openById(id, Protection.READ_WRITE));
        var set = end.add(SysvSemaphoreSet.openById(Integer.parseInt(details.get(1))));
        return sysvLink(memory.segment(), set, false);
    }

    private static Link sysvLink(MemorySegment memory, SysvSemaphoreSet set, boolean isFirst) {
        return link(
                memory,
                gate(set.semaphore(0), set.semaphore(1)),
                gate(set.semaphore(2), set.semaphore(3)),
                isFirst);
    }

    private static SlotLink.Gate gate(SysvSemaphore free, SysvSemaphore filled) {
        return new SemaphoreGate(free::acquire, filled::release, filled::acquire, free::release);
    }

    // POSIX shared memory, guarded by named POSIX semaphores.

    static Offer offerPosix(Workplace workplace, Closing end) throws Exception {
        var name = "/" + workplace.name();
        var memory = end.add(PosixSharedMemory.create(name, SlotLink.BYTES));
        end.add(() -> PosixSharedMemory.unlink(name));
        var semaphores = new PosixSemaphore[SEMAPHORES];
        for (int i = 0; i < SEMAPHORES; i++) {
            var semaphoreName = name + "." + i;
            semaphores[i] = end.add(PosixSemaphore.create(semaphoreName, i % 2 == 0 ? 1 : 0));
            end.add(() -> PosixSemaphore.unlink(semaphoreName));
        }
        return new Offer(
                memory.address(),
                List.of(name),
                () -> posixLink(memory.segment(), semaphores, true));
    }

    static Link joinPosix(List<String> details, List<Fd> descriptors, Closing end)
            throws Exception {
        var name = details.get(0);
        var memory = end.add(PosixSharedMemory.open(name));
        var semaphores = new PosixSemaphore[SEMAPHORES];
        for (int i = 0; i < SEMAPHORES; i++) {
            semaphores[i] = end.add(PosixSemaphore.open(name + "." + i));
        }
        return posixLink(memory.segment(), semaphores, false);
    }

    private static Link posixLink(
            MemorySegment memory, PosixSemaphore[] semaphores, boolean isFirst) {
        return link(
                memory,
                gate(semaphores[0], semaphores[1]),
                gate(semaphores[2], semaphores[3]),
                isFirst);
    }

    private static SlotLink.Gate gate(PosixSemaphore free, PosixSemaphore filled) {
        return new SemaphoreGate(free::acquire, filled::release, filled::acquire, free::release);
    }

    // Mapped files, with or without a name, guarded by words in the memory itself.

    static Offer offerMappedFile(Workplace workplace, Closing end) throws Exception {
        var path = workplace.path();
        var mapping = end.add(Mapping.create(path, BYTES_WITH_WORDS));
        end.add(() -> Files.deleteIfExists(path));
        return new Offer(
                "file:" + path, List.of(path.toString()), () -> wordLink(mapping.segment(), true));
    }

    static Link joinMappedFile(List<String> details, List<Fd> descriptors, Closing end)
            throws Exception {
        var mapping = end.add(Mapping.open(Path.of(details.get(0)), Protection.READ_WRITE));
        return wordLink(mapping.segment(), false);
    }

    static Offer offerMemoryFile(Workplace workplace, Closing end) throws Exception {
        var file = end.add(MemoryFile.create(workplace.name(), BYTES_WITH_WORDS));
        var mapping = end.add(file.map(Protection.READ_WRITE));
        return new Offer(
                "memfd:" + ProcessHandle.current().pid() + "/" + file.fd().number(),
                List.of(),
                List.of(file.fd()),
                () -> wordLink(mapping.segment(), true));
    }

    static Link joinMemoryFile(List<String> details, List<Fd> descriptors, Closing end)
            throws Exception {
        var file = end.add(MemoryFile.of(descriptors.get(0)));
        return wordLink(end.add(file.map(Protection.READ_WRITE)).segment(), false);
    }

    private static Link wordLink(MemorySegment memory, boolean isFirst) {
        var first = new WordGate(memory.asSlice(FIRST_WORD, 4));
        var second = new WordGate(memory.asSlice(SECOND_WORD, 4));
        return link(memory, first, second, isFirst);
    }

    private static Link link(
            MemorySegment memory, SlotLink.Gate first, SlotLink.Gate second, boolean isFirst) {
        return isFirst
                ? new SlotLink(memory, first, second, true)
                : new SlotLink(memory, second, first, false);
    }
}
