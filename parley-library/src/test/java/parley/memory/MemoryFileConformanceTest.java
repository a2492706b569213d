package parley.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.kernel.Fcntl;
import parley.kernel.SysMman;
import parley.kernel.Unistd;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.peer.Command;

/// Cases of other people's suites, each named by its id.
@Timeout(60)
final class MemoryFileConformanceTest {
    private static final int PAGE = (int) FileSystem.PAGE_BYTES;
    private static final int UNKNOWN_FLAG = 0x100;

    private static int minus(Errno errno) {
        return -errno.number();
    }

    private static MemoryFile create(Seal... seals) throws Exception {
        return MemoryFile.create("conformance", 2L * PAGE, Set.of(seals));
    }

    private static int truncate(MemoryFile file, long bytes) throws Exception {
        int r = Unistd.ftruncate(file.fd().enter(), bytes);
        file.fd().exit();
        return r;
    }

    private static int reopen(MemoryFile file, int flags) {
        try (var arena = Arena.ofConfined()) {
            var path = arena.allocateFrom("/proc/self/fd/" + file.fd().number());
            return Fcntl.open(path, flags | Fcntl.O_CLOEXEC, 0);
        }
    }

    private static long writeAt(MemoryFile file, long offset) throws Exception {
        try (var arena = Arena.ofConfined()) {
            return Unistd.pwrite(file.fd().enter(), arena.allocate(PAGE), offset);
        } finally {
            file.fd().exit();
        }
    }

    private static void assertRefused(Errno errno, MemoryFile file, Seal seal) {
        var e = assertThrows(OsException.class, () -> file.seal(EnumSet.of(seal)));
        assertEquals(errno, e.errno());
    }

    @Test
    @DisplayName("MFD-001 a label is needed")
    @SuppressWarnings("NullAway")
    void noLabel() {
        assertEquals(minus(Errno.EFAULT), SysMman.memfd_create(MemorySegment.NULL, 0));
        assertThrows(NullPointerException.class, () -> MemoryFile.create(null, 1));
    }

    @Test
    @DisplayName("MFD-003 the label may be empty")
    void anEmptyLabel() throws Exception {
        try (var file = MemoryFile.create("", 10)) {
            assertEquals(10, file.bytes());
        }
    }

    @Test
    @DisplayName("MFD-004 MFD-005 flags that are unknown or contradict each other are refused")
    void badFlags() {
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocateFrom("flags");
            int both = SysMman.MFD_EXEC | SysMman.MFD_NOEXEC_SEAL;
            assertEquals(minus(Errno.EINVAL), SysMman.memfd_create(name, UNKNOWN_FLAG));
            assertEquals(minus(Errno.EINVAL), SysMman.memfd_create(name, both));
        }
    }

    @Test
    @DisplayName("MFD-006 seals add up until they are sealed themselves")
    void sealsAddUp() throws Exception {
        try (var file = create()) {
            var before = file.seals();
            file.seal(EnumSet.of(Seal.SHRINK, Seal.WRITE));
            file.seal(EnumSet.of(Seal.GROW, Seal.SEAL));
            var after = EnumSet.of(Seal.SHRINK, Seal.WRITE, Seal.GROW, Seal.SEAL);
            after.addAll(before);
            assertEquals(after, file.seals());
            assertRefused(Errno.EPERM, file, Seal.FUTURE_WRITE);
            assertEquals(after, file.seals());
        }
    }

    @Test
    @DisplayName("MFD-008 sealed against shrinking it only grows")
    void shrinking() throws Exception {
        try (var file = create(Seal.SHRINK)) {
            assertEquals(minus(Errno.EPERM), truncate(file, PAGE));
            int flags = Fcntl.O_RDWR | Fcntl.O_TRUNC;
            assertEquals(minus(Errno.EPERM), reopen(file, flags));
            assertEquals(0, truncate(file, 3L * PAGE));
            assertEquals(3L * PAGE, file.bytes());
        }
    }

    @Test
    @DisplayName("MFD-009 sealed against growing it only shrinks")
    void growing() throws Exception {
        try (var file = create(Seal.GROW)) {
            assertEquals(minus(Errno.EPERM), truncate(file, 3L * PAGE));
            assertEquals(minus(Errno.EPERM), writeAt(file, 2L * PAGE));
            assertEquals(PAGE, writeAt(file, PAGE));
            assertEquals(0, truncate(file, PAGE));
            assertEquals(PAGE, file.bytes());
        }
    }

    @Test
    @DisplayName("MFD-011 it is not sealed against stores while somebody can make them")
    void sealedWhileMapped() throws Exception {
        try (var file = create()) {
            try (var _ = file.map(Protection.READ_WRITE)) {
                assertRefused(Errno.EBUSY, file, Seal.WRITE);
            }
            file.seal(EnumSet.of(Seal.WRITE));
            assertEquals(minus(Errno.EPERM), (int) writeAt(file, 0));
        }
    }

    @Test
    @DisplayName("MFD-012 those who can store already still do, and nobody else")
    void sealedAgainstNewWriters() throws Exception {
        try (var file = create();
                var writer = file.map(Protection.READ_WRITE)) {
            file.seal(EnumSet.of(Seal.FUTURE_WRITE));
            writer.segment().set(ValueLayout.JAVA_INT, 0, 5);
            var e = assertThrows(OsException.class, () -> file.map(Protection.READ_WRITE));
            assertEquals(Errno.EPERM, e.errno());
            assertEquals(minus(Errno.EPERM), (int) writeAt(file, 0));
            try (var reader = file.map(Protection.READ_ONLY)) {
                assertEquals(5, reader.segment().get(ValueLayout.JAVA_INT, 0));
                e = assertThrows(OsException.class, () -> reader.protect(Protection.READ_WRITE));
                assertEquals(Errno.EACCES, e.errno());
                assertTrue(reader.segment().isReadOnly());
                assertEquals(5, reader.segment().get(ValueLayout.JAVA_INT, 0));
            }
        }
    }

    @Test
    @DisplayName("MFD-014 a descriptor that only reads cannot seal")
    void sealedByAReader() throws Exception {
        try (var file = create(Seal.SHRINK);
                var reader = MemoryFile.of(Fd.of("open", "", reopen(file, Fcntl.O_RDONLY)))) {
            assertRefused(Errno.EPERM, reader, Seal.GROW);
        }
    }

    @Test
    @DisplayName("MFD-015 a hole that another process punches is zeros, and no crash")
    void aHole() throws Exception {
        Command.require("fallocate");
        try (var file = create(Seal.SHRINK, Seal.GROW, Seal.SEAL);
                var mapping = file.map(Protection.READ_WRITE)) {
            mapping.segment().fill((byte) 1);
            long pid = ProcessHandle.current().pid();
            var theirs = "/proc/%d/fd/%d".formatted(pid, file.fd().number());
            var _ = Command.output("fallocate", "--punch-hole", "--length", "" + PAGE, theirs);
            assertEquals(0, mapping.segment().get(ValueLayout.JAVA_BYTE, 0));
            assertEquals(1, mapping.segment().get(ValueLayout.JAVA_BYTE, PAGE));
            assertEquals(2L * PAGE, file.bytes());
        }
    }
}
