package parley.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import parley.contract.SharedMemoryContract;
import parley.kernel.Fcntl;
import parley.kernel.SysMman;
import parley.kernel.Unistd;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;

final class MemoryFileTest extends SharedMemoryContract {
    @Override
    protected Memory create(long bytes) throws Exception {
        var file = MemoryFile.create("contract", bytes);
        return new Memory() {
            @Override
            public View open() throws Exception {
                return View.of(file.map(Protection.READ_WRITE));
            }

            @Override
            public View openReadOnly() throws Exception {
                return View.of(file.map(Protection.READ_ONLY));
            }

            @Override
            public void dispose() {
                file.close();
            }
        };
    }

    @Test
    void itsSizeCannotBeChangedByAnybody() throws Exception {
        try (var file = MemoryFile.create("sealed", 8192)) {
            assertTrue(file.seals().containsAll(Set.of(Seal.SEAL, Seal.SHRINK, Seal.GROW)));
            int fd = file.fd().enter();
            try {
                assertEquals(-Errno.EPERM.number(), Unistd.ftruncate(fd, 0));
                assertEquals(-Errno.EPERM.number(), Unistd.ftruncate(fd, 9000));
            } finally {
                file.fd().exit();
            }
            var e = assertThrows(OsException.class, () -> file.seal(EnumSet.of(Seal.WRITE)));
            assertEquals(Errno.EPERM, e.errno());
            assertTrue(e.getMessage().contains("sealed against more seals"), e.getMessage());
        }
    }

    /// Without a page: none has to be reserved for this.
    @Test
    void hugePagesFromOthersAreTakenOnlyIfTheyCannotBeTakenOut() throws Exception {
        int flags = SysMman.MFD_HUGETLB | SysMman.MFD_ALLOW_SEALING | SysMman.MFD_CLOEXEC;
        int made;
        try (var arena = Arena.ofConfined()) {
            made = SysMman.memfd_create(arena.allocateFrom("huge"), flags);
        }
        assumeTrue(!Errno.ENOSYS.is(made) && !Errno.ENODEV.is(made), "no huge pages here");
        try (var fd = Fd.of("memfd_create", "huge", made)) {
            addSeals(fd, Fcntl.F_SEAL_SHRINK);
            var e = assertThrows(OsException.class, () -> MemoryFile.of(fd.duplicate()));
            assertEquals(Errno.EPERM, e.errno());
            assertTrue(e.getMessage().contains("take pages out"), e.getMessage());
            assertFalse(MemoryFile.isTaken(fd));
            addSeals(fd, Fcntl.F_SEAL_FUTURE_WRITE);
            MemoryFile.of(fd.duplicate()).close();
            assertTrue(MemoryFile.isTaken(fd));
        }
    }

    private static void addSeals(Fd fd, int seals) throws Exception {
        assertEquals(0, Fcntl.fcntl(fd.number(), Fcntl.F_ADD_SEALS, seals));
    }

    @Test
    void memoryFromOthersIsTakenOnlyIfItCannotShrink() throws Exception {
        var unsealed = MemoryFile.create("unsealed", 4096, Set.of());
        var e = assertThrows(OsException.class, () -> MemoryFile.of(unsealed.fd().duplicate()));
        assertEquals(Errno.EPERM, e.errno());
        assertEquals("fcntl(F_GET_SEALS)", e.call());
        assertTrue(e.getMessage().contains("not sealed against shrinking"), e.getMessage());
        unsealed.seal(Set.of(Seal.SHRINK));
        try (var taken = MemoryFile.of(unsealed.fd().duplicate())) {
            assertEquals(4096, taken.bytes());
        }
        unsealed.close();
    }

    @Test
    void aLabelThatIsTooLongIsSaid() {
        var e = assertThrows(OsException.class, () -> MemoryFile.create("x".repeat(250), 1));
        assertEquals(Errno.EINVAL, e.errno());
        assertTrue(e.getMessage().contains("249 bytes"), e.getMessage());
    }

    @Test
    void somethingElseIsNoMemoryFileAndIsClosed() throws Exception {
        try (var arena = java.lang.foreign.Arena.ofConfined()) {
            int r = Fcntl.open(arena.allocateFrom("/dev/null"), Fcntl.O_RDONLY, 0);
            var fd = Fd.of("open", "/dev/null", r);
            var e = assertThrows(OsException.class, () -> MemoryFile.of(fd));
            assertTrue(e.getMessage().contains("no memory file"), e.getMessage());
            assertFalse(fd.isOpen());
        }
    }

    @Test
    void futureWriteLeavesTheWriterAloneAndStopsNewOnes() throws Exception {
        try (var file = MemoryFile.create("broadcast", 4096, EnumSet.of(Seal.SHRINK, Seal.GROW));
                var writer = file.map(Protection.READ_WRITE)) {
            file.seal(EnumSet.of(Seal.FUTURE_WRITE));
            writer.segment().set(java.lang.foreign.ValueLayout.JAVA_INT, 0, 5);
            var e = assertThrows(OsException.class, () -> file.map(Protection.READ_WRITE));
            assertEquals(Errno.EPERM, e.errno());
            try (var reader = file.map(Protection.READ_ONLY)) {
                assertEquals(5, reader.segment().get(java.lang.foreign.ValueLayout.JAVA_INT, 0));
            }
        }
    }

    @Test
    void aPartBeyondTheEndIsRefusedAndNotACrash() throws Exception {
        try (var file = MemoryFile.create("short", 4096)) {
            for (long[] part : new long[][] {{0, 4097}, {4096, 1}, {4096, Long.MAX_VALUE}}) {
                var e =
                        assertThrows(
                                OsException.class,
                                () ->
                                        Mapping.of(
                                                file.fd(),
                                                "memfd:short",
                                                part[0],
                                                part[1],
                                                Protection.READ_ONLY));
                assertEquals(Errno.EOVERFLOW, e.errno());
            }
            assertTrue(file.toString().contains("short"));
        }
    }
}
