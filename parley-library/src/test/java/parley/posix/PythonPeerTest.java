package parley.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.os.Fd;
import parley.os.FileStatus;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.peer.Command;
import parley.peer.Peer;

/// Python's standard library at the other side: `multiprocessing.shared_memory`, and the modules
/// beneath it and beneath `multiprocessing`'s semaphores.
@Timeout(120)
final class PythonPeerTest {
    private static final int BYTES = 1_000_000;

    /// Without the tracker, which unlinks what it has not made, and is another process.
    private static final String ATTACH =
            """
            import sys
            from multiprocessing import resource_tracker, shared_memory
            name, verb = sys.argv[1:3]
            def untracked(of, kind): pass
            resource_tracker.register = resource_tracker.unregister = untracked
            """;

    private static final String MEMORY =
            ATTACH
                    + """
                    if verb == 'attach':
                        memory = shared_memory.SharedMemory(name)
                        total = sum(memory.buf)
                        memory.buf[:6] = b'Python'
                        print(memory.size, total)
                    else:
                        memory = shared_memory.SharedMemory(name, create=True, size=%d)
                        memory.buf[10:16] = b'Python'
                        print('made', flush=True)
                        sys.stdin.readline()
                        print(bytes(memory.buf[20:24]).decode())
                        memory.unlink()
                    memory.close()
                    """
                            .formatted(BYTES);

    private static final String SEMAPHORE =
            """
            import _multiprocessing, sys
            SEMAPHORE, name = 1, sys.argv[1]
            semaphore = _multiprocessing.SemLock._rebuild(0, SEMAPHORE, 100, name)
            print(semaphore._get_value(), flush=True)
            semaphore.acquire()
            print('acquired', flush=True)
            semaphore.release()
            semaphore.release()
            """;

    private static final String DESCRIPTOR =
            """
            import _posixshmem, mmap, os, sys
            name = sys.argv[1]
            fd = _posixshmem.shm_open(name, os.O_RDWR, mode=0)
            memory = mmap.mmap(fd, os.fstat(fd).st_size)
            print(len(memory), memory[:4].decode())
            memory[-4:] = b'done'
            _posixshmem.shm_unlink(name)
            """;

    private final String name = Unique.name("/py");

    @AfterEach
    void unlink() throws OsException {
        for (Unlinking each :
                List.<Unlinking>of(PosixSharedMemory::unlink, PosixSemaphore::unlink)) {
            try {
                each.unlink(name);
            } catch (NotFoundException _) {
                // It is of the other kind, or the test has taken it away itself.
            }
        }
    }

    private interface Unlinking {
        void unlink(String name) throws OsException;
    }

    private static List<String> python(String... words) {
        var command = new ArrayList<>(List.of("python3", "-c"));
        command.addAll(List.of(words));
        return command;
    }

    private static String text(MemorySegment memory, long at, int length) {
        var bytes = memory.asSlice(at, length).toArray(JAVA_BYTE);
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    @Test
    void pythonAttachesToMemoryOfOurs() throws Exception {
        var content = new byte[BYTES];
        new Random(3).nextBytes(content);
        long sum = 0;
        for (byte one : content) {
            sum += Byte.toUnsignedInt(one);
        }
        try (var memory = PosixSharedMemory.create(name, BYTES)) {
            memory.segment().copyFrom(MemorySegment.ofArray(content));
            assertEquals(BYTES + " " + sum, Command.output(python(MEMORY, name, "attach")));
            assertEquals("Python", text(memory.segment(), 0, 6));
            var rest = memory.segment().asSlice(6).toArray(JAVA_BYTE);
            assertArrayEquals(Arrays.copyOfRange(content, 6, BYTES), rest);
        }
    }

    @Test
    void weOpenMemoryOfPythonsAndGiveItItsPages() throws Exception {
        try (var python = Peer.start(python(MEMORY, name, "make"))) {
            assertEquals("made", python.line());
            var path = Path.of("/dev/shm" + name);
            try (var fd = Fd.openToRead(path)) {
                assertTrue(FileStatus.allocatedBytes(fd) < BYTES, "Python leaves it sparse");
            }
            try (var memory = PosixSharedMemory.open(name)) {
                assertEquals(BYTES, memory.segment().byteSize());
                assertTrue(FileStatus.allocatedBytes(memory.fd()) >= BYTES);
                assertEquals("Python", text(memory.segment(), 10, 6));
                memory.segment().setString(20, "Java");
                python.tell("go on");
                assertEquals("Java", python.line());
                assertEquals(0, python.exitCode());
                assertThrows(NotFoundException.class, () -> PosixSharedMemory.open(name));
                assertEquals("Java", memory.segment().getString(20));
            }
        }
    }

    @Test
    void pythonMapsAndUnlinksByItsLowerModule() throws Exception {
        try (var memory = PosixSharedMemory.create(name, 5001)) {
            memory.segment().setString(0, "Java");
            assertEquals("5001 Java", Command.output(python(DESCRIPTOR, name)));
            assertEquals("done", text(memory.segment(), 4997, 4));
            assertThrows(NotFoundException.class, () -> PosixSharedMemory.unlink(name));
        }
    }

    @Test
    void pythonWaitsForAPermitOfOursAndGivesTwo() throws Exception {
        try (var semaphore = PosixSemaphore.create(name, 0);
                var python = Peer.start(python(SEMAPHORE, name))) {
            assertEquals("0", python.line());
            var waiting =
                    ThreadKind.VIRTUAL.start(() -> {
                        semaphore.release();
                        return python.line();
                    });
            assertEquals("acquired", waiting.result());
            semaphore.acquire();
            semaphore.acquire();
            assertFalse(semaphore.tryAcquire());
            assertEquals(0, python.exitCode());
        }
    }
}
