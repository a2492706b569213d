package parley.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.ValueLayout;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import parley.kernel.SysMman;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.peer.Command;

/// Cases of other people's suites, each named by its id.
@Timeout(60)
final class MappingConformanceTest {
    private static final long PAGE = FileSystem.PAGE_BYTES;
    private static final long UNMAPPABLE = PAGE; // below vm.mmap_min_addr
    private static final int UNKNOWN_FLAG = 0x200;

    @TempDir private Path folder;
    private Path path;

    @BeforeEach
    void createFile() throws Exception {
        path = Files.write(folder.resolve("file"), new byte[(int) (3 * PAGE)]);
    }

    private static void assertRefused(Errno errno, Executable call) {
        assertEquals(errno, assertThrows(OsException.class, call).errno());
    }

    private void truncate(long bytes) throws Exception {
        try (var channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.truncate(bytes);
        }
    }

    /// The line of `/proc/self/maps` in which an address begins a range; empty if there is none.
    static String lineOfMaps(long address) throws Exception {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.startsWith("%08x-".formatted(address)))
                    .findFirst()
                    .orElse("");
        }
    }

    @Test
    @DisplayName("MMAP-004 a descriptor that only reads is not mapped for shared stores")
    void aDescriptorThatOnlyReads() throws Exception {
        try (var fd = Fd.openToRead(path)) {
            assertRefused(
                    Errno.EACCES, () -> Mapping.of(fd, "file:" + path, Protection.READ_WRITE));
            try (var own = Mapping.of(fd, "x", Protection.READ_WRITE, MapOption.PRIVATE)) {
                own.segment().set(ValueLayout.JAVA_INT, 0, 1);
            }
        }
        assertEquals(0, Files.readAllBytes(path)[0]);
    }

    @Test
    @DisplayName("MMAP-005 nothing cannot be mapped")
    void nothing() throws Exception {
        try (var fd = Fd.openToRead(path)) {
            assertRefused(Errno.EINVAL, () -> Mapping.of(fd, "file:x", 0, 0, Protection.READ_ONLY));
        }
        assertThrows(IllegalArgumentException.class, () -> Mapping.anonymous(0));
    }

    @Test
    @DisplayName("MMAP-007 an offset that is no multiple of the page size is refused")
    void anOffsetWithinAPage() throws Exception {
        try (var fd = Fd.openToRead(path)) {
            assertRefused(
                    Errno.EINVAL, () -> Mapping.of(fd, "file:x", 100, 10, Protection.READ_ONLY));
        }
    }

    @Test
    @DisplayName("MMAP-008 a closed descriptor is not mapped")
    void aClosedDescriptor() throws Exception {
        var fd = Fd.openToRead(path);
        fd.close();
        assertThrows(
                ClosedChannelException.class, () -> Mapping.of(fd, "file:x", Protection.READ_ONLY));
        int flags = SysMman.MAP_SHARED;
        long r = SysMman.mmap(0, PAGE, SysMman.PROT_READ, flags, Integer.MAX_VALUE, 0);
        assertEquals(-Errno.EBADF.number(), r);
    }

    @ParameterizedTest
    @CsvSource({
        "READ_ONLY, false, r--s, rw-s",
        "READ_WRITE, false, rw-s, r--s",
        "READ_ONLY, true, r--p, rw-p",
        "READ_WRITE, true, rw-p, r--p",
    })
    @DisplayName("MMAP-009 the kernel shows the protection and the sharing that were asked for")
    void protectionAndSharing(Protection first, boolean isPrivate, String shown, String changed)
            throws Exception {
        var options = isPrivate ? new MapOption[] {MapOption.PRIVATE} : new MapOption[0];
        var second = first == Protection.READ_ONLY ? Protection.READ_WRITE : Protection.READ_ONLY;
        try (var file = MemoryFile.create("maps", PAGE);
                var mapping = file.map(first, options)) {
            var line = lineOfMaps(mapping.segment().address());
            assertTrue(line.contains(" " + shown + " "), line);
            assertEquals(first == Protection.READ_ONLY, mapping.segment().isReadOnly());
            var again = mapping.protect(second);
            line = lineOfMaps(again.address());
            assertTrue(line.contains(" " + changed + " "), line);
            assertEquals(second == Protection.READ_ONLY, again.isReadOnly());
        }
    }

    @Test
    @DisplayName("MMAP-010 the memory ends where the file ends now")
    void theEndOfTheFile() throws Exception {
        assumeTrue(isKnown(Advice.POPULATE_READ), "MADV_POPULATE_READ needs Linux 5.14");
        try (var fd = Fd.openToWrite(path);
                var readable = Fd.openToRead(path);
                var mapping = Mapping.open(path, Protection.READ_WRITE)) {
            truncate(PAGE);
            mapping.advise(Advice.POPULATE_READ, 0, PAGE);
            assertRefused(Errno.EFAULT, () -> mapping.advise(Advice.POPULATE_READ, PAGE, 2 * PAGE));
            assertRefused(
                    Errno.EOVERFLOW,
                    () -> Mapping.of(readable, "file:x", PAGE, 1, Protection.READ_ONLY));
            Allocation.allocateOnDisk(fd, "file:x", 5 * PAGE);
            var longer = mapping.remap(5 * PAGE);
            longer.set(ValueLayout.JAVA_INT, 4 * PAGE, 7);
            assertEquals(7, Files.readAllBytes(path)[(int) (4 * PAGE)]);
            truncate(0);
            assertRefused(Errno.EINVAL, () -> Mapping.of(readable, "file:x", Protection.READ_ONLY));
        }
    }

    private static boolean isKnown(Advice advice) throws Exception {
        try (var memory = Mapping.anonymous(PAGE, MapOption.PRIVATE)) {
            memory.advise(advice);
            return true;
        } catch (OsException e) {
            assertEquals(Errno.EINVAL, e.errno());
            return false;
        }
    }

    @Test
    @DisplayName("MMAP-012 a flag that the kernel does not know is refused where it is asked to")
    void anUnknownFlag() throws Exception {
        try (var fd = Fd.openToRead(path)) {
            int number = fd.enter();
            int flags = SysMman.MAP_SHARED_VALIDATE | UNKNOWN_FLAG;
            long r = SysMman.mmap(0, PAGE, SysMman.PROT_READ, flags, number, 0);
            fd.exit();
            assertEquals(-Errno.EOPNOTSUPP.number(), r);
        }
    }

    @Test
    @DisplayName("MMAP-014 MMAP-015 a forked child shares anonymous memory, unless it is private")
    void aForkedChild() throws Exception {
        var told = Command.output(Command.java(List.of(), ForkedChild.class));
        assertEquals("shared 42, private 7", told);
    }

    @Test
    @DisplayName("MMAP-016 memory that cannot be read is never handed out")
    void allThatIsHandedOutCanBeRead() {
        for (var protection : Protection.values()) {
            assertEquals(SysMman.PROT_READ, protection.protectionFlags() & SysMman.PROT_READ);
        }
    }

    @Test
    @DisplayName("MMAP-017 unmapped memory is an exception, and gone")
    void unmappedMemory() throws Exception {
        var mapping = Mapping.open(path, Protection.READ_WRITE);
        var segment = mapping.segment();
        assertTrue(lineOfMaps(segment.address()).contains(path.toString()));
        mapping.close();
        assertThrows(IllegalStateException.class, () -> segment.get(ValueLayout.JAVA_BYTE, 0));
        assertTrue(!lineOfMaps(segment.address()).contains(path.toString()));
    }

    @Test
    @DisplayName("MMAP-018 unmapping nothing, or from within a page, is refused")
    void unmappingNothing() throws Exception {
        try (var mapping = Mapping.open(path, Protection.READ_ONLY)) {
            long address = mapping.segment().address();
            assertEquals(-Errno.EINVAL.number(), SysMman.munmap(address, 0));
            assertEquals(-Errno.EINVAL.number(), SysMman.munmap(address + 1, PAGE));
            assertEquals(0, mapping.segment().get(ValueLayout.JAVA_BYTE, 0));
        }
    }

    @Test
    @DisplayName("MMAP-021 both ways of msync at once, and parts of pages, are refused")
    void partsOfPages() throws Exception {
        try (var mapping = Mapping.open(path, Protection.READ_WRITE)) {
            long address = mapping.segment().address();
            int both = SysMman.MS_SYNC | SysMman.MS_ASYNC;
            assertEquals(-Errno.EINVAL.number(), SysMman.msync(address, PAGE, both));
            assertEquals(-Errno.EINVAL.number(), SysMman.msync(address + 1, PAGE, SysMman.MS_SYNC));
            for (long[] part : new long[][] {{1, PAGE}, {0, PAGE - 1}, {PAGE, 1}}) {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> mapping.sync(SyncMode.WAIT, part[0], part[1]));
            }
            assertThrows(
                    IndexOutOfBoundsException.class,
                    () -> mapping.sync(SyncMode.WAIT, PAGE, 3 * PAGE));
            for (var mode : SyncMode.values()) {
                mapping.sync(mode, PAGE, PAGE);
            }
        }
    }

    @Test
    @DisplayName("MMAP-022 what is not mapped cannot be written to a file")
    void syncOfNothing() throws Exception {
        int r = SysMman.msync(UNMAPPABLE, PAGE, SysMman.MS_SYNC);
        assertEquals(-Errno.ENOMEM.number(), r);
        var mapping = Mapping.open(path, Protection.READ_WRITE);
        mapping.close();
        assertThrows(IllegalStateException.class, mapping::sync);
    }
}
