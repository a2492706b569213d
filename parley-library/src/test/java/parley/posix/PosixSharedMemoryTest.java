package parley.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import parley.contract.SharedMemoryContract;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.kernel.Faults;
import parley.memory.Futex;
import parley.memory.Mapping;
import parley.memory.Protection;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.pipe.NamedPipe;

final class PosixSharedMemoryTest extends SharedMemoryContract {
    @Override
    protected Memory create(long bytes) throws Exception {
        var name = Unique.name("/shm");
        var creator = PosixSharedMemory.create(name, bytes);
        return new Memory() {
            @Override
            public View open() throws Exception {
                return view(PosixSharedMemory.open(name));
            }

            @Override
            public View openReadOnly() throws Exception {
                return view(PosixSharedMemory.open(name, Protection.READ_ONLY));
            }

            @Override
            public void dispose() throws Exception {
                creator.close();
                PosixSharedMemory.unlink(name);
            }
        };
    }

    private static View view(PosixSharedMemory memory) {
        return new View() {
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
        };
    }

    @Test
    void makingOpeningAndUnlinkingFollowTheName() throws Exception {
        var name = Unique.name("/shm");
        assertThrows(NotFoundException.class, () -> PosixSharedMemory.open(name));
        try (var memory = PosixSharedMemory.create(name, 4096, new FileMode(0640))) {
            var status = FileStatus.of("/dev/shm" + name).orElseThrow();
            assertEquals(new FileMode(0640), status.mode());
            assertEquals(4096, status.sizeBytes());
            assertThrows(AlreadyExistsException.class, () -> PosixSharedMemory.create(name, 1));
            try (var same = PosixSharedMemory.openOrCreate(name, 9999)) {
                assertEquals(4096, same.segment().byteSize());
            }
            PosixSharedMemory.unlink(name);
            memory.segment().set(ValueLayout.JAVA_INT, 0, 1); // the memory outlives its name
        }
        assertThrows(NotFoundException.class, () -> PosixSharedMemory.unlink(name));
    }

    @Test
    void whatIsNoMemoryIsRefusedAndNotWaitedFor() throws Exception {
        var name = Unique.name("/shm");
        var fifo = Path.of("/dev/shm" + name);
        var _ = NamedPipe.create(fifo);
        try {
            for (var protection : List.of(Protection.READ_ONLY, Protection.READ_WRITE)) {
                var e =
                        assertThrows(
                                OsException.class, () -> PosixSharedMemory.open(name, protection));
                assertEquals(Errno.ENODEV, e.errno());
                assertTrue(e.getMessage().contains("is no memory"), e.getMessage());
            }
            var e = assertThrows(OsException.class, () -> Mapping.open(fifo, Protection.READ_ONLY));
            assertEquals(Errno.EINVAL, e.errno());
        } finally {
            NamedPipe.unlink(fifo);
        }
    }

    @Test
    void pagesThatWereLeftOutAreThereBeforeTheyAreRead() throws Exception {
        var name = Unique.name("/shm");
        try (var file = new RandomAccessFile("/dev/shm" + name, "rw")) {
            file.setLength(100_000);
        }
        try (var memory = PosixSharedMemory.open(name, Protection.READ_ONLY)) {
            assertEquals(100_000, memory.segment().byteSize());
            assertTrue(FileStatus.allocatedBytes(memory.fd()) >= 100_000);
        } finally {
            PosixSharedMemory.unlink(name);
        }
    }

    @Test
    void anObjectThatVanishesBetweenTheTwoTriesIsMade() throws Exception {
        var name = Unique.name("/shm");
        PosixSharedMemory.create(name, 4096).close();
        try (var fault = Faults.before("shm_open", 1, () -> unlinkUnchecked(name));
                var memory = PosixSharedMemory.openOrCreate(name, 8192)) {
            assertTrue(fault.happened());
            assertEquals(8192, memory.segment().byteSize());
        }
        PosixSharedMemory.unlink(name);
    }

    private static void unlinkUnchecked(String name) {
        try {
            PosixSharedMemory.unlink(name);
        } catch (OsException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anObjectWithoutASizeYetIsAnErrorAndNotACrash() throws Exception {
        var name = Unique.name("/shm");
        Files.createFile(Path.of("/dev/shm" + name));
        try {
            var e = assertThrows(OsException.class, () -> PosixSharedMemory.open(name));
            assertEquals(Errno.EINVAL, e.errno());
        } finally {
            PosixSharedMemory.unlink(name);
        }
    }

    @Test
    void aFailureHalfWayLeavesNothingBehind() {
        for (var function : new String[] {"statx", "posix_fallocate", "mmap"}) {
            var name = Unique.name("/shm");
            try (var _ = Faults.fail(function, 1, Errno.ENOSPC.number())) {
                assertThrows(OsException.class, () -> PosixSharedMemory.create(name, 4096));
            }
            assertThrows(NotFoundException.class, () -> PosixSharedMemory.open(name), function);
        }
    }

    @Test
    void aFailureToOpenLeavesNoDescriptor() throws Exception {
        var name = Unique.name("/shm");
        PosixSharedMemory.create(name, 4096).close();
        try {
            for (var function : new String[] {"statx", "mmap"}) {
                long before = openDescriptors();
                try (var fault = Faults.fail(function, 1, Errno.ENOMEM.number())) {
                    assertThrows(OsException.class, () -> PosixSharedMemory.open(name));
                    assertTrue(fault.happened());
                }
                assertEquals(before, openDescriptors());
            }
        } finally {
            PosixSharedMemory.unlink(name);
        }
    }

    private static long openDescriptors() throws IOException {
        try (var list = Files.list(Path.of("/proc/self/fd"))) {
            return list.count();
        }
    }

    @Test
    void manyWhoOpenOrCreateAtOnceAllGetTheSameWholeObject() throws Exception {
        for (int round = 0; round < 50; round++) {
            var name = Unique.name("/shm");
            var running = new ArrayList<ThreadKind.Running<Long>>();
            for (int i = 0; i < 4; i++) {
                running.add(
                        ThreadKind.PLATFORM.start(() -> {
                            try (var memory = PosixSharedMemory.openOrCreate(name, 1 << 20)) {
                                return memory.segment().byteSize();
                            }
                        }));
            }
            for (var one : running) {
                assertEquals(1L << 20, one.result());
            }
            PosixSharedMemory.unlink(name);
        }
    }
}
