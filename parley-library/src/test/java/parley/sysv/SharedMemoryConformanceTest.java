package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import parley.kernel.SysIpc;
import parley.kernel.SysShm;
import parley.memory.Protection;
import parley.os.AlreadyExistsException;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.FileMode;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.peer.Command;
import parley.peer.Peer;

/// Cases of other people's suites, each named by its id. What the library has no use for is asked
/// of the kernel.
@Timeout(120)
final class SharedMemoryConformanceTest {
    private static final long BYTES = 8192;

    /// Attaches and detaches as it is told, says `done` each time; `f` is a child that has
    /// inherited what is attached, and detaches it.
    private static final String ATTACHER =
            """
            #include <stdio.h>
            #include <stdlib.h>
            #include <sys/shm.h>
            #include <sys/wait.h>
            #include <unistd.h>
            int main(int argc, char **argv) {
                char *memory = 0, line[10];
                int go[2];
                pid_t child = 0;
                if (pipe(go) < 0) return 1;
                while (fgets(line, sizeof line, stdin)) {
                    if (line[0] == 'a') memory = shmat(atoi(argv[1]), 0, 0);
                    if (line[0] == 'd' && shmdt(memory) < 0) perror("shmdt");
                    if (line[0] == 'f' && (child = fork()) == 0) {
                        char c;
                        if (read(go[0], &c, 1) != 1) _exit(1);
                        _exit(shmdt(memory) < 0);
                    }
                    if (line[0] == 'w') {
                        int status = 0;
                        if (write(go[1], "w", 1) != 1) return 1;
                        waitpid(child, &status, 0);
                        if (status != 0) puts("the child could not detach");
                    }
                    puts(memory == (void *) -1 ? "shmat failed" : "done");
                    fflush(stdout);
                }
                return 0;
            }
            """;

    private final IpcKey key = Traces.newKey();
    private SysvSharedMemory memory;

    @BeforeEach
    void create() throws OsException {
        memory = SysvSharedMemory.create(key, BYTES);
    }

    @AfterEach
    void remove() throws OsException {
        memory.close();
        Traces.removeMemory(key);
    }

    @AfterAll
    static void nothingIsLeft() throws IOException {
        Traces.assertNothingLeft();
    }

    private static void assertErrno(Errno errno, long r) {
        assertEquals(-errno.number(), r);
    }

    @Test
    @DisplayName("SHM-001 nothing is found under a key that nobody uses")
    void nothingIsFound() {
        var absent = Traces.newKey();
        var e = assertThrows(NotFoundException.class, () -> SysvSharedMemory.open(absent));
        assertEquals(Errno.ENOENT, e.errno());
        assertErrno(Errno.ENOENT, SysShm.shmget(absent.value(), BYTES, SysIpc.IPC_EXCL));
    }

    @Test
    @DisplayName("SHM-002 SHM-005 what exists is not made again, nor made longer")
    void whatExists() {
        assertEquals(
                Errno.EEXIST,
                assertThrows(
                                AlreadyExistsException.class,
                                () -> SysvSharedMemory.create(key, BYTES))
                        .errno());
        var e =
                assertThrows(
                        OsException.class, () -> SysvSharedMemory.openOrCreate(key, 2 * BYTES));
        assertEquals(Errno.EINVAL, e.errno());
    }

    @Test
    @DisplayName("SHM-004 SHM-010 SHM-029 SHM-035 segments of another namespace and their limits")
    void segmentsOfAnotherNamespace() throws Exception {
        memory.segment().set(JAVA_LONG, 0, 7);
        var before = Command.inIpcNamespace("shmmax", "8192");
        var result = Command.run(Elsewhere.command(before, "segments", key));
        assumeTrue(result.exitCode() != 77, "no sysctl of an IPC namespace: " + result.output());
        assertEquals(
                """
                SHM-035 ENOENT
                SHM-004 EINVAL
                SHM-010 4321 -1
                SHM-029 true\
                """,
                result.output());
        assertEquals(7, memory.segment().get(JAVA_LONG, 0));
    }

    @Test
    @DisplayName("SHM-006 SHM-008 SHM-015 SHM-022 SHM-023 SHM-025 what another user may not do")
    void whatAnotherUserMayNotDo() throws Exception {
        var closed = Traces.newKey();
        SysvSharedMemory.create(closed, BYTES, new FileMode(0)).close();
        try {
            memory.setMode(new FileMode(0666));
            assertEquals(
                    """
                    SHM-006 EACCES
                    SHM-015 EACCES
                    SHM-008 EPERM
                    SHM-022 EPERM
                    SHM-023 EPERM
                    SHM-025 EPERM\
                    """,
                    Elsewhere.asNobody("others-segment", closed, key));
            assertFalse(memory.status().isRemoved());
        } finally {
            SysvSharedMemory.remove(closed);
        }
    }

    @Test
    @DisplayName("SHM-011 it is attached at the beginning of a page")
    void itIsAttached() throws Exception {
        assertEquals(0, memory.segment().address() % IpcKind.PAGE_BYTES);
        try (var again = SysvSharedMemory.open(key)) {
            assertEquals(2, memory.status().attachments());
            assertEquals(BYTES, again.bytes());
        }
    }

    @Test
    @DisplayName("SHM-012 writing what is attached for reading is an exception")
    void writingIsAnException() throws Exception {
        try (var reader = SysvSharedMemory.open(key, Protection.READ_ONLY)) {
            assertThrows(
                    IllegalArgumentException.class, () -> reader.segment().set(JAVA_LONG, 0, 1));
        }
    }

    @Test
    @DisplayName("SHM-014 SHM-017 addresses at which nothing is attached")
    void addresses() throws Exception {
        long free;
        try (var other = SysvSharedMemory.open(key)) {
            free = other.segment().address();
        }
        var e =
                assertThrows(
                        OsException.class,
                        () -> SysvSharedMemory.open(key, Attachment.READ_WRITE.at(free + 1)));
        assertEquals(Errno.EINVAL, e.errno());
        assertTrue(e.getMessage().contains("begin a page"), e.getMessage());
        assertErrno(Errno.EINVAL, SysShm.shmdt(memory.segment().address() + 1));
    }

    @Test
    @DisplayName("SHM-019 SHM-020 the number of attachments follows processes and their children")
    void theNumberOfAttachments(@TempDir Path directory) throws Exception {
        var program = Command.compile(directory, "attacher", ATTACHER);
        var id = Integer.toString(memory.id());
        try (var one = Peer.start(List.of(program, id));
                var another = Peer.start(List.of(program, id))) {
            var status = memory.status();
            assertEquals(BYTES, status.bytes());
            assertEquals(Credentials.own().pid(), status.creatorPid());
            tell(one, "a", 2);
            assertEquals(one.pid(), memory.status().lastPid());
            tell(another, "a", 3);
            tell(one, "f", 4); // the child has it too
            tell(one, "d", 3);
            tell(one, "w", 2);
            tell(another, "d", 1);
            assertEquals(another.pid(), memory.status().lastPid());
            assertEquals(status.changeTime(), memory.status().changeTime());
        }
    }

    private void tell(Peer peer, String order, long attachments) throws IOException {
        peer.tell(order);
        assertEquals("done", peer.line());
        assertEquals(attachments, memory.status().attachments(), order);
    }

    @Test
    @DisplayName("SHM-026 SHM-027 a removed segment, and a command that is none")
    void aRemovedSegment() throws Exception {
        assertErrno(Errno.EINVAL, SysShm.shmctl(memory.id(), -1, MemorySegment.NULL));
        memory.remove();
        memory.close();
        try (var arena = Arena.ofConfined()) {
            var status = arena.allocate(SysShm.SHMID_DS);
            assertErrno(Errno.EINVAL, SysShm.shmctl(memory.id(), SysIpc.IPC_STAT, status));
        }
        assertThrows(
                NotFoundException.class,
                () -> SysvSharedMemory.openById(memory.id(), Protection.READ_ONLY));
    }

    @Test
    @DisplayName("SHM-030 a segment is locked, and no longer")
    void aSegmentIsLocked() throws Exception {
        assertFalse(memory.status().isLocked());
        memory.lock();
        assertTrue(memory.status().isLocked());
        memory.unlock();
        assertFalse(memory.status().isLocked());
    }

    @Test
    @DisplayName("SHM-031 the owner takes the group's and others' permissions away")
    void theOwnerChangesTheMode() throws Exception {
        memory.setMode(new FileMode(0666));
        var before = memory.status().changeTime();
        memory.setMode(FileMode.OWNER_ONLY);
        assertEquals(FileMode.OWNER_ONLY, memory.status().permissions().mode());
        assertFalse(memory.status().changeTime().isBefore(before));
    }

    @Test
    @DisplayName("SHM-033 a removed segment is attached as long as somebody has it")
    void aRemovedSegmentIsAttached() throws Exception {
        memory.segment().set(JAVA_LONG, 0, 33);
        memory.remove();
        try (var late = SysvSharedMemory.openById(memory.id(), Protection.READ_ONLY)) {
            assertEquals(33, late.segment().get(JAVA_LONG, 0));
            assertTrue(late.status().isRemoved());
        }
    }
}
