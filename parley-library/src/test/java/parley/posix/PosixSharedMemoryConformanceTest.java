package parley.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import parley.contract.Unique;
import parley.kernel.Faults;
import parley.kernel.Fcntl;
import parley.kernel.SysMman;
import parley.os.AlreadyExistsException;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.LimitReachedException;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.peer.Command;
import parley.peer.OtherUser;
import parley.peer.Peer;
import parley.socket.DescriptorLimit;

/// Cases of other people's suites, each named by its id.
@Timeout(120)
final class PosixSharedMemoryConformanceTest {
    @TempDir private static Path directory;
    private static CPeer c;

    private final String name = Unique.name("/shm");

    @BeforeAll
    static void compile() throws Exception {
        c = CPeer.compiledIn(directory);
    }

    @AfterEach
    void unlink() throws OsException {
        try {
            PosixSharedMemory.unlink(name);
        } catch (NotFoundException _) {
            // The test has taken it away itself, or never made it.
        }
    }

    private static int raw(String name, int flags) {
        try (var arena = Arena.ofConfined()) {
            return SysMman.shm_open(arena.allocateFrom(name), flags, 0600);
        }
    }

    @Test
    @DisplayName("PSHM-001 one of C's has no size at first; one of ours has, and is close-on-exec")
    void aNewObject() throws Exception {
        int flags = Fcntl.O_CREAT | Fcntl.O_RDWR;
        try (var fd = Fd.of("shm_open", "pshm:" + name, raw(name, flags))) {
            assertEquals(0, FileStatus.of(fd).sizeBytes());
            assertEquals(Fcntl.FD_CLOEXEC, Fcntl.fcntl(fd.number(), Fcntl.F_GETFD, 0));
        }
        var e = assertThrows(OsException.class, () -> PosixSharedMemory.open(name));
        assertEquals(Errno.EINVAL, e.errno());
        unlink();
        try (var memory = PosixSharedMemory.create(name, 5000)) {
            int fd = memory.fd().number();
            assertEquals(Fcntl.FD_CLOEXEC, Fcntl.fcntl(fd, Fcntl.F_GETFD, 0));
            assertEquals(5000, FileStatus.of(memory.fd()).sizeBytes());
            assertEquals(5000, memory.segment().byteSize());
            assertTrue(FileStatus.allocatedBytes(memory.fd()) >= 5000);
        }
    }

    @Test
    @DisplayName("PSHM-003 a name that is taken is refused")
    void aNameThatIsTaken() throws Exception {
        PosixSharedMemory.create(name, 1).close();
        assertThrows(AlreadyExistsException.class, () -> PosixSharedMemory.create(name, 1));
        try (var peer = c.start("shm-make", name, "1")) {
            assertEquals("ready", peer.line());
            peer.tell("go");
            assertEquals("" + Errno.EEXIST.number(), peer.line());
        }
    }

    @Test
    @DisplayName("PSHM-004 of many processes that make it at once exactly one does")
    void manyMakeItAtOnce() throws Exception {
        for (int round = 0; round < 5; round++) {
            int made =
                    c.racing(
                            4,
                            new String[] {"shm-make", name, "1"},
                            () -> {
                                try (var _ = PosixSharedMemory.create(name, 1)) {
                                    return true;
                                } catch (AlreadyExistsException _) {
                                    return false;
                                }
                            });
            assertEquals(1, made);
            unlink();
        }
    }

    @Test
    @DisplayName("PSHM-005 emptying keeps owner and mode")
    void emptying() throws Exception {
        try (var memory = PosixSharedMemory.create(name, 9000, new FileMode(0640))) {
            memory.segment().setString(0, "old");
            long owner = Credentials.own().uid() == 0 ? 65534 : Credentials.own().uid();
            long group = Credentials.own().uid() == 0 ? 65533 : Credentials.own().gid();
            memory.setPermissions(memory.permissions().withOwner(owner, group));
            try (var emptied = PosixSharedMemory.openEmptied(name, 100)) {
                assertEquals(100, emptied.segment().byteSize());
                assertEquals(0, emptied.segment().get(JAVA_BYTE, 0));
                var expected = new PosixPermissions(owner, group, new FileMode(0640));
                assertEquals(expected, emptied.permissions());
                emptied.segment().setString(0, "new");
                assertEquals("new", memory.segment().getString(0), "it is the same object");
            }
        }
        assertThrows(IllegalArgumentException.class, () -> PosixSharedMemory.openEmptied(name, 0));
        unlink();
        assertThrows(NotFoundException.class, () -> PosixSharedMemory.openEmptied(name, 1));
    }

    @Test
    @DisplayName("PSHM-006 PSHM-007 another user is refused what the mode refuses")
    void anotherUser() throws Exception {
        OtherJvm.assumeAnotherUser();
        try (var memory = PosixSharedMemory.create(name, 10, new FileMode(0604))) {
            var command = OtherJvm.command(OtherUser.NOBODY, "memory", name);
            var told = Command.output(command).lines().toList();
            var refused = "NotPermittedException shm_open pshm:" + name + ": EACCES";
            assertTrue(told.get(0).startsWith(refused), told::toString);
            assertTrue(told.get(1).startsWith(refused), told::toString);
            assertEquals("permitted", told.get(2));
            memory.setPermissions(memory.permissions().withMode(FileMode.OWNER_ONLY));
            told = Command.output(command).lines().toList();
            assertTrue(told.get(2).startsWith(refused), told::toString);
            assertEquals(10, FileStatus.of(memory.fd()).sizeBytes());
        }
    }

    @Test
    @DisplayName("PSHM-009 PSHM-010 a name has up to 255 bytes after its one slash")
    void names() throws Exception {
        var longest = name + "x".repeat(256 - name.length());
        PosixSharedMemory.create(longest, 1).close();
        PosixSharedMemory.unlink(longest);
        var longer = longest + "x";
        int flags = Fcntl.O_CREAT | Fcntl.O_RDWR;
        assertEquals(-Errno.ENAMETOOLONG.number(), raw(longer, flags));
        assertEquals(-Errno.EINVAL.number(), raw("/a/b", flags));
        for (var bad : List.of(longer, "/a/b", "jobs", "/", "/..")) {
            assertThrows(IllegalArgumentException.class, () -> PosixSharedMemory.create(bad, 1));
        }
    }

    @Test
    @DisplayName("PSHM-011 at the limit of descriptors there is no more, and nothing is left")
    void theLimitOfDescriptors() throws Exception {
        try (var _ = Faults.fail("open", 1, Errno.EMFILE.number())) {
            assertThrows(LimitReachedException.class, () -> PosixSharedMemory.create(name, 1));
        } // and all classes are loaded
        try (var _ = DescriptorLimit.leaving(0)) {
            var e =
                    assertThrows(
                            LimitReachedException.class, () -> PosixSharedMemory.create(name, 1));
            assertEquals(Errno.EMFILE, e.errno());
        }
        assertThrows(NotFoundException.class, () -> PosixSharedMemory.open(name));
    }

    @Test
    @DisplayName("PSHM-012 PSHM-014 memory outlives its name, and the name may be another's")
    void memoryOutlivesItsName() throws Exception {
        try (var memory = PosixSharedMemory.create(name, 100)) {
            memory.segment().setString(0, "kept");
            try (var holder = c.start("shm-hold", name)) {
                assertEquals("done", holder.line());
                PosixSharedMemory.unlink(name);
                assertThrows(NotFoundException.class, () -> PosixSharedMemory.open(name));
                try (var fresh = PosixSharedMemory.create(name, 200)) {
                    fresh.segment().setString(0, "another");
                    assertEquals("kept", memory.segment().getString(0));
                    memory.segment().setString(0, "for C");
                    holder.tell("go on");
                    assertEquals("for C", holder.line());
                    assertEquals("another", c.output("shm-read", name));
                }
            }
        }
    }

    @Test
    @DisplayName("PSHM-017 a full /dev/shm is an exception that says how large it is")
    void aFullFileSystem() throws Exception {
        Command.require("unshare");
        assumeTrue(Credentials.own().uid() == 0, "only root can mount");
        var script = "mount -t tmpfs -o size=64k none /dev/shm || exit 77; exec \"$@\"";
        var words = List.of("unshare", "--mount", "sh", "-c", script, "sh");
        var mebibyte = OtherJvm.command(words, "make-memory", name, "1048576");
        var result = Command.run(mebibyte);
        assumeFalse(OtherJvm.isNotHere(result.exitCode()), "no tmpfs can be mounted here");
        var told = result.output();
        assertTrue(told.contains("LimitReachedException posix_fallocate pshm:" + name), told);
        assertTrue(told.contains("ENOSPC"), told);
        assertTrue(told.contains("(size of /dev/shm = 65536): 65536 bytes are left"), told);
        var page = Command.output(OtherJvm.command(words, "make-memory", name, "4096"));
        assertEquals("permitted", page);
    }

    @Test
    @DisplayName(
            "PSHM-019 what another process makes shorter under us is an error, for a futex too")
    void madeShorter() throws Exception {
        PosixSharedMemory.create(name, 8192).close();
        try (var reader = Peer.start(OtherJvm.command(List.of(), "shortened", name))) {
            assertEquals("mapped", reader.line());
            assertEquals("done", c.output("shm-truncate", name));
            reader.tell("go on");
            var told = reader.line();
            assertTrue(told.contains("unsafe memory access"), told);
            told = reader.line();
            assertTrue(told.startsWith("OsException futex"), told);
            assertTrue(told.contains("EFAULT"), told);
        }
    }
}
