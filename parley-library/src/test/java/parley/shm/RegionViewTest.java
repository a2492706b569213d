package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.kernel.Unistd;
import parley.memory.MemoryFile;
import parley.memory.Protection;
import parley.memory.Seal;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.NotPermittedException;
import parley.os.OsException;
import parley.ready.EventFd;

/// What a view gives, and what it refuses; strangers are in [StrangerTest].
@Timeout(60)
class RegionViewTest {
    private static final long LAYOUT = 1;
    private static final long BYTES = 65_536;

    private SharedRegion region;

    @BeforeEach
    void make() throws IOException {
        region = SharedRegion.createAnonymous(LAYOUT, BYTES);
    }

    @AfterEach
    void close() {
        region.close();
    }

    private RegionView view() throws IOException {
        return RegionView.of(region.openReadOnly(), LAYOUT);
    }

    @Test
    void itSeesTheDataAndWhoIsAlive() throws Exception {
        try (var view = view();
                var arena = Arena.ofConfined()) {
            region.data().set(JAVA_LONG, BYTES - 8, 42);
            assertEquals(BYTES, view.data().byteSize());
            assertEquals(42, view.data().get(JAVA_LONG, BYTES - 8));
            var copy = arena.allocate(JAVA_LONG);
            view.copy(BYTES - 8, copy);
            region.data().set(JAVA_LONG, BYTES - 8, 43);
            assertEquals(42, copy.get(JAVA_LONG, 0));
            assertEquals(List.of(region.self()), view.participants());
            assertEquals(ProcessHandle.current().pid(), view.participants().getFirst().pid());
            assertTrue(view.isAlive(region.self()));
            assertEquals(1, region.participants().size()); // who looks takes no part
        }
    }

    @Test
    void itWritesNothing() throws Exception {
        try (var view = view()) {
            var data = view.data();
            assertTrue(data.isReadOnly());
            assertThrows(IllegalArgumentException.class, () -> data.set(JAVA_INT, 0, 1));
            assertThrows(IllegalArgumentException.class, () -> data.fill((byte) 1));
            assertThrows(
                    RuntimeException.class,
                    () -> JAVA_INT.varHandle().compareAndSet(data, 0L, 0, 1));
            assertThrows(IllegalArgumentException.class, () -> view.copy(0, data.asSlice(0, 8)));
            var maps = Files.readString(Path.of("/proc/self/maps"));
            assertTrue(
                    maps.lines().anyMatch(line -> line.matches(".* r--s .*parley-region.*")), maps);
        }
    }

    @Test
    void partsThatAreNotWithinTheDataAreRefused() throws Exception {
        try (var view = view();
                var arena = Arena.ofConfined()) {
            var target = arena.allocate(16);
            for (long offset : new long[] {-1, BYTES - 15, BYTES, Long.MIN_VALUE, Long.MAX_VALUE}) {
                assertThrows(IllegalArgumentException.class, () -> view.copy(offset, target));
            }
            for (long offset : new long[] {-4, 2, BYTES, Long.MAX_VALUE - 3}) {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> view.awaitChange(offset, 0, region.self()));
            }
            view.copy(BYTES, target.asSlice(0, 0));
        }
    }

    /// Who never comes back from a wait, if the word is as it was.
    @ParameterizedTest
    @EnumSource
    void aWaitEndsWhenWhoChangesTheWordIsDead(ThreadKind kind) throws Exception {
        var giver = SharedRegion.of(region.fd().duplicate(), LAYOUT);
        try (var view = view()) {
            var waiting = kind.start(() -> view.awaitChange(0, 0, giver.self()));
            waiting.awaitBlocked();
            var dead = giver.self();
            giver.close();
            assertFalse(waiting.result());
            assertFalse(view.isAlive(dead));
            region.data().set(JAVA_INT, 0, 1);
            assertTrue(view.awaitChange(0, 0, dead)); // what he had changed counts
            assertFalse(view.awaitChange(0, 1, new SharedRegion.Participant(-1, 0)));
        }
    }

    @Test
    void aChangeWithoutAWakeIsSeen() throws Exception {
        try (var view = view()) {
            var waiting = ThreadKind.PLATFORM.start(() -> view.awaitChange(0, 0, region.self()));
            waiting.awaitBlocked();
            region.data().set(JAVA_INT, 0, 1);
            assertTrue(waiting.result());
        }
    }

    @Test
    void aClosedOneRefuses() throws Exception {
        var view = view();
        var data = view.data();
        view.close();
        view.close();
        assertThrows(IllegalStateException.class, () -> data.get(JAVA_INT, 0));
        assertThrows(IllegalStateException.class, view::participants);
        try (var arena = Arena.ofConfined()) {
            var target = arena.allocate(8);
            assertThrows(ClosedChannelException.class, () -> view.copy(0, target));
        }
    }

    private interface Opening {
        Fd open() throws IOException;
    }

    private static void assertRefused(Errno errno, Opening opening) throws IOException {
        var fd = opening.open();
        var e = assertThrows(OsException.class, () -> RegionView.of(fd, LAYOUT));
        assertEquals(errno, e.errno());
        assertFalse(fd.isOpen());
    }

    @Test
    void whatCannotBeLookedAtSafelyIsRefused() throws Exception {
        var header = RegionLayout.of(LAYOUT, BYTES).header();
        assertRefused(
                Errno.EPERM,
                () -> {
                    var unsealed = MemoryFile.create("x", BYTES, EnumSet.noneOf(Seal.class)).fd();
                    try (var arena = Arena.ofConfined()) {
                        var copy =
                                arena.allocate(header.length)
                                        .copyFrom(MemorySegment.ofArray(header));
                        assertEquals(header.length, Unistd.pwrite(unsealed.number(), copy, 0));
                    }
                    return unsealed;
                });
        assertRefused(Errno.EINVAL, () -> Fd.openToRead(Path.of("/proc/self/status")));
        assertRefused(Errno.EINVAL, () -> EventFd.create().fd());
        var bad = region.openReadOnly();
        assertThrows(BadRegionException.class, () -> RegionView.of(bad, LAYOUT + 1));
        assertFalse(bad.isOpen());
    }

    @Test
    void aRegionWithANameIsNotGiven() throws Exception {
        var name = Unique.name("named");
        try (var named = SharedRegion.create(name, LAYOUT, 64)) {
            assertThrows(IllegalStateException.class, named::openReadOnly);
            assertThrows(IllegalStateException.class, named::sealAgainstWriters);
            assertEquals(1, named.participants().size());
        } finally {
            SharedRegion.unlink(name);
        }
    }

    /// As a program makes it that does not change the mode.
    @Test
    void aMemoryFileThatOthersCouldOpenIsNotGiven() throws Exception {
        FileMode.parse("0666").applyTo(region.fd(), "region");
        var e = assertThrows(NotPermittedException.class, () -> region.openReadOnly());
        assertTrue(e.getMessage().contains("has mode 0666"), e.getMessage());
    }

    @Test
    void onceSealedNobodyElseTakesPart() throws Exception {
        var theirs = SharedRegion.of(region.fd().duplicate(), LAYOUT);
        theirs.sealAgainstWriters();
        var late = region.fd().duplicate();
        var e = assertThrows(OsException.class, () -> SharedRegion.of(late, LAYOUT));
        assertEquals(Errno.EPERM, e.errno());
        assertFalse(late.isOpen());
        try (var view = view()) { // and those who do go on
            assertTrue(region.mutex(0).tryLock().isPresent());
            theirs.data().set(JAVA_INT, 64, 1);
            assertEquals(1, view.data().get(JAVA_INT, 64));
            theirs.close();
            assertEquals(List.of(region.self()), view.participants());
        }
    }

    /// A giver says that there is a terabyte, and nobody has it.
    @Test
    void aCopyOfWhatIsNotThereCostsNoMemory() throws Exception {
        long bytes = 1L << 40;
        var layout = RegionLayout.of(LAYOUT, bytes);
        try (var file = MemoryFile.create("hollow", 4096, EnumSet.noneOf(Seal.class));
                var arena = Arena.ofConfined()) {
            try (var mapping = file.map(Protection.READ_WRITE)) {
                mapping.segment().asByteBuffer().put(layout.header());
            }
            assertEquals(0, Unistd.ftruncate(file.fd().number(), layout.bytes()));
            file.seal(EnumSet.of(Seal.SHRINK, Seal.GROW, Seal.SEAL));
            try (var view = RegionView.of(file.fd().duplicate(), LAYOUT)) {
                var target = arena.allocate(1 << 20);
                for (long offset = 0; offset < bytes; offset += bytes / 64) {
                    target.fill((byte) 1);
                    view.copy(offset, target);
                    assertEquals(-1, target.mismatch(arena.allocate(1 << 20)));
                }
            }
            assertEquals(4096, FileStatus.allocatedBytes(file.fd()));
        }
    }

    @Test
    void nothingIsLeftBehind() throws Exception {
        view().close();
        long descriptors = descriptors();
        long mappings = mappings();
        for (int i = 0; i < 200; i++) {
            view().close();
            var bad = region.openReadOnly();
            assertThrows(BadRegionException.class, () -> RegionView.of(bad, LAYOUT + 1));
        }
        assertEquals(descriptors, descriptors());
        assertEquals(mappings, mappings());
    }

    private static long descriptors() throws IOException {
        try (var links = Files.list(Path.of("/proc/self/fd"))) {
            return links.filter(link -> target(link).contains("parley-region")).count();
        }
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException _) {
            return ""; // closed meanwhile
        }
    }

    private static long mappings() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.contains("parley-region")).count();
        }
    }
}
