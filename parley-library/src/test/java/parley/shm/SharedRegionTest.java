package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.contract.Unique;
import parley.kernel.Faults;
import parley.memory.Mapping;
import parley.memory.MemoryFile;
import parley.memory.Protection;
import parley.os.AlreadyExistsException;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.FileStatus;
import parley.os.NotFoundException;
import parley.os.NotPermittedException;
import parley.os.OsException;

@Timeout(60)
class SharedRegionTest {
    private static final long LAYOUT = 0x7a11;
    private static final Path FOLDER = Path.of("/dev/shm/parley-" + Credentials.own().uid());

    private final String name = Unique.name("region");

    @AfterEach
    void unlink() throws IOException {
        Files.deleteIfExists(FOLDER.resolve(name));
    }

    private Path file() {
        return FOLDER.resolve(name);
    }

    @Test
    void whatOneStoresTheOtherSees() throws Exception {
        assertThrows(NotFoundException.class, () -> SharedRegion.open(name, LAYOUT));
        try (var first = SharedRegion.create(name, LAYOUT, 10_000);
                var second = SharedRegion.open(name, LAYOUT)) {
            assertThrows(AlreadyExistsException.class, () -> SharedRegion.create(name, LAYOUT, 1));
            assertEquals(10_000, second.data().byteSize());
            assertEquals(-1, second.data().mismatch(first.data()));
            first.data().set(JAVA_LONG, 8, 42);
            assertEquals(42, second.data().get(JAVA_LONG, 8));
            SharedRegion.unlink(name);
            first.data().set(JAVA_LONG, 8, 43); // it outlives its name
            assertEquals(43, second.data().get(JAVA_LONG, 8));
        }
        assertThrows(NotFoundException.class, () -> SharedRegion.unlink(name));
    }

    @Test
    void oneWithoutANameIsHandedOver() throws Exception {
        try (var first = SharedRegion.createAnonymous(LAYOUT, 100);
                var second = SharedRegion.of(first.fd().duplicate(), LAYOUT)) {
            first.data().set(JAVA_LONG, 0, 7);
            assertEquals(7, second.data().get(JAVA_LONG, 0));
            assertEquals(2, first.participants().size());
        }
        try (var unsealed = MemoryFile.create("unsealed", 100_000, Set.of())) {
            var e =
                    assertThrows(
                            OsException.class,
                            () -> SharedRegion.of(unsealed.fd().duplicate(), LAYOUT));
            assertEquals(Errno.EPERM, e.errno());
        }
    }

    @Test
    void eachOneTakesPartUntilHeLeaves() throws Exception {
        try (var first = SharedRegion.create(name, LAYOUT, 1)) {
            var deaths = new CompletableFuture<SharedRegion.Participant>();
            first.onDeath(deaths::complete);
            assertEquals(List.of(first.self()), first.participants());
            var second = SharedRegion.open(name, LAYOUT);
            var other = second.self();
            assertEquals(List.of(first.self(), other), first.participants());
            assertEquals(ProcessHandle.current().pid(), other.pid());
            assertTrue(first.isAlive(other));
            second.close();
            second.close();
            assertFalse(first.isAlive(other));
            assertEquals(List.of(first.self()), first.participants());
            try (var third = SharedRegion.open(name, LAYOUT)) {
                assertFalse(third.self().equals(other), "the slot is the same, the tag is not");
                assertFalse(first.isAlive(other));
                assertTrue(first.isAlive(third.self()));
            }
            assertFalse(deaths.isDone(), "to leave is not to die");
            assertThrows(IllegalStateException.class, () -> second.data().get(JAVA_BYTE, 0));
        }
    }

    /// As in a sandbox: the others look at the lock, then.
    @Test
    void whereRobustListsAreForbiddenAnEndIsSeenAllTheSame() throws Exception {
        try (var first = SharedRegion.create(name, LAYOUT, SharedMutex.BYTES)) {
            var second = withoutRobustList();
            assertEquals(List.of(first.self(), second.self()), first.participants());
            var _ = second.mutex(0).lock();
            second.close();
            assertEquals(SharedMutex.Acquired.OWNER_DIED, first.mutex(0).lock());
        }
    }

    private SharedRegion withoutRobustList() throws IOException {
        try (var fault = Faults.fail("set_robust_list", 1, Errno.EPERM.number())) {
            var region = SharedRegion.open(name, LAYOUT);
            assertTrue(fault.happened());
            return region;
        }
    }

    /// A process is killed of which the kernel tells nothing.
    @Test
    void whoseEndIsNotToldIsSeenByHisLock() throws Exception {
        try (var region = SharedRegion.create(name, LAYOUT, SharedMutex.BYTES);
                var mapping = mapping(region)) {
            var words = new SegmentWords(mapping);
            var table = new ParticipantTable(words, RegionLayout.TABLE, 120);
            var deaths = new CompletableFuture<SharedRegion.Participant>();
            region.onDeath(deaths::complete);
            int tag;
            try (var locks = new SlotLocks(region.fd())) {
                tag = table.claim(1, 4242, 7, new LockedOnly(locks));
                int _ = words.getAndAddInt(RegionLayout.JOINS, 1);
                int _ = words.wake(RegionLayout.JOINS, 1);
                assertTrue(table.isAlive(tag));
            }
            assertEquals(new SharedRegion.Participant(tag, 4242), deaths.get());
            assertFalse(table.isAlive(tag));
        }
    }

    private static Mapping mapping(SharedRegion region) throws IOException {
        long bytes = FileStatus.of(region.fd()).sizeBytes();
        return Mapping.of(region.fd(), "region", 0, bytes, Protection.READ_WRITE);
    }

    private record LockedOnly(SlotLocks locks) implements ParticipantTable.Kernel {
        @Override
        public boolean reserve(int slot) {
            try {
                return locks.tryLock(slot);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void release(int slot) {}

        @Override
        public boolean watch(int slot) {
            return false;
        }

        @Override
        public void watchNothing() {}
    }

    /// Killed before anybody was told that the kernel does not watch him, say.
    @Test
    void whoLooksAliveAndHasNoLockIsReplacedWhenNoOtherPlaceIsFree() throws Exception {
        try (var first = SharedRegion.create(name, LAYOUT, 1);
                var mapping = mapping(first)) {
            var words = new SegmentWords(mapping);
            for (int slot = 0; slot < ParticipantTable.SLOTS_MAX; slot++) {
                if (slot != ParticipantTable.slotOf(first.self().tag())) {
                    boolean _ = words.compareAndSetLong(RegionLayout.slotOffset(slot), 0, 1);
                }
            }
            assertEquals(ParticipantTable.SLOTS_MAX, first.participants().size());
            try (var second = SharedRegion.open(name, LAYOUT)) {
                assertTrue(first.isAlive(second.self()));
            }
        }
    }

    @Test
    void aSlotWhoseLockAnotherHasIsNotTaken() throws Exception {
        try (var first = SharedRegion.create(name, LAYOUT, 1);
                var locks = new SlotLocks(first.fd())) {
            for (int slot = 0; slot < ParticipantTable.SLOTS_MAX; slot++) {
                boolean isOwn = slot == ParticipantTable.slotOf(first.self().tag());
                assertEquals(!isOwn, locks.tryLock(slot), "slot " + slot);
            }
            assertThrows(OsException.class, () -> SharedRegion.open(name, LAYOUT));
            locks.unlock(50);
            try (var second = SharedRegion.open(name, LAYOUT)) {
                assertEquals(50, ParticipantTable.slotOf(second.self().tag()));
                assertFalse(locks.tryLock(50));
            }
        }
    }

    @Test
    void aFullRegionRefusesTheNextOneAndTakesHimLater() throws Exception {
        try (var first = SharedRegion.createAnonymous(LAYOUT, 1)) {
            var all = new ArrayList<SharedRegion>();
            for (int i = 1; i < ParticipantTable.SLOTS_MAX; i++) {
                all.add(SharedRegion.of(first.fd().duplicate(), LAYOUT));
            }
            long before = descriptors();
            var e =
                    assertThrows(
                            OsException.class,
                            () -> SharedRegion.of(first.fd().duplicate(), LAYOUT));
            assertTrue(e.getMessage().contains("all 120 places"), e.getMessage());
            assertEquals(before, descriptors());
            all.removeLast().close();
            all.add(SharedRegion.of(first.fd().duplicate(), LAYOUT));
            for (var each : all) {
                each.close();
            }
            assertEquals(1, first.participants().size());
        }
    }

    @Test
    void whatIsNotOursAloneIsRefused() throws Exception {
        SharedRegion.create(name, LAYOUT, 1).close();
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r-----"));
        assertThrows(NotPermittedException.class, () -> SharedRegion.open(name, LAYOUT));
        var elsewhere = Files.createTempFile("parley-", ".region");
        Files.move(file(), elsewhere, StandardCopyOption.REPLACE_EXISTING);
        Files.createSymbolicLink(file(), elsewhere);
        var e = assertThrows(OsException.class, () -> SharedRegion.open(name, LAYOUT));
        assertEquals(Errno.ELOOP, e.errno());
        Files.delete(file());
        Files.delete(elsewhere);
        Files.createDirectory(file());
        assertThrows(OsException.class, () -> SharedRegion.open(name, LAYOUT));
        for (var bad : List.of("", "a/b", "..", ".hidden", "a\0b", "x".repeat(201))) {
            assertThrows(IllegalArgumentException.class, () -> SharedRegion.create(bad, LAYOUT, 1));
        }
        assertThrows(IllegalArgumentException.class, () -> SharedRegion.create(name, LAYOUT, 0));
        assertThrows(
                IllegalArgumentException.class,
                () -> SharedRegion.create(name, LAYOUT, Long.MAX_VALUE));
    }

    @Test
    void nothingIsLeftBehind() throws Exception {
        SharedRegion.create(name, LAYOUT, 1).close();
        long descriptors = descriptors();
        long mappings = mappings();
        for (int i = 0; i < 200; i++) {
            SharedRegion.open(name, LAYOUT).close();
        }
        assertEquals(descriptors, descriptors());
        assertEquals(mappings, mappings());
    }

    /// Of regions.
    private long descriptors() throws IOException {
        try (var links = Files.list(Path.of("/proc/self/fd"))) {
            return links.filter(link -> target(link).contains("region")).count();
        }
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException _) {
            return ""; // closed meanwhile
        }
    }

    private long mappings() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.contains(name)).count();
        }
    }
}
