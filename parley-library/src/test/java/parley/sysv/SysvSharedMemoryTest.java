package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parley.kernel.Faults;
import parley.kernel.SysMman;
import parley.memory.MemoryFile;
import parley.memory.Protection;
import parley.os.AlreadyExistsException;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.FileMode;
import parley.os.Limit;
import parley.os.LimitReachedException;
import parley.os.NotFoundException;
import parley.os.NotPermittedException;
import parley.os.OsException;
import parley.os.RemovedException;

@Timeout(120)
final class SysvSharedMemoryTest {
    private static final long BYTES = 10_000;

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

    @Test
    void itIsAsLongAsWantedAndNotAPageMore() {
        assertEquals(BYTES, memory.bytes());
        assertEquals(BYTES, memory.segment().byteSize());
        assertEquals(0, memory.segment().address() % 4096);
        assertFalse(memory.segment().isReadOnly());
    }

    @Test
    void makingOpeningAndRemovingFollowTheKey() throws Exception {
        memory.segment().set(JAVA_LONG, 8, 42);
        assertThrows(AlreadyExistsException.class, () -> SysvSharedMemory.create(key, 1));
        try (var byKey = SysvSharedMemory.open(key);
                var byId = SysvSharedMemory.openById(memory.id(), Protection.READ_ONLY);
                var existing = SysvSharedMemory.openOrCreate(key, 1)) {
            for (var other : new SysvSharedMemory[] {byKey, byId, existing}) {
                assertEquals(42, other.segment().get(JAVA_LONG, 8));
                assertEquals(BYTES, other.bytes());
                assertEquals(memory.id(), other.id());
            }
            assertEquals("shm:" + key, byKey.address());
            assertEquals("shm:#" + memory.id(), byId.toString());
        }
        var e =
                assertThrows(
                        OsException.class, () -> SysvSharedMemory.openOrCreate(key, BYTES + 1));
        assertEquals(Errno.EINVAL, e.errno());
        assertTrue(e.getMessage().contains("10000 bytes"), e.getMessage());

        SysvSharedMemory.remove(key);
        assertThrows(NotFoundException.class, () -> SysvSharedMemory.remove(key));
        assertThrows(NotFoundException.class, () -> SysvSharedMemory.open(key));
        try (var made = SysvSharedMemory.openOrCreate(key, 100)) {
            assertNotEquals(memory.id(), made.id());
            assertEquals(100, made.bytes());
            SysvSharedMemory.removeById(made.id());
        }
    }

    @Test
    void aSegmentThatVanishesBetweenTheTwoTriesIsMade() throws Exception {
        for (var function : new String[] {"shmget", "shmctl", "shmat"}) {
            int nth = function.equals("shmget") ? 2 : 1;
            try (var fault = Faults.before(function, nth, this::removeUnchecked);
                    var made = SysvSharedMemory.openOrCreate(key, 100)) {
                assertTrue(fault.happened(), function);
                assertEquals(100, made.bytes());
            }
        }
        memory.close();
    }

    private void removeUnchecked() {
        try {
            SysvSharedMemory.remove(key);
        } catch (OsException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theMemoryOutlivesItsNameUntilNobodyHasItAttached() throws Exception {
        memory.segment().set(JAVA_LONG, 0, 7);
        assertFalse(memory.status().isRemoved());
        memory.remove();
        memory.remove();
        assertTrue(memory.status().isRemoved());
        assertEquals(IpcKey.PRIVATE, memory.status().permissions().key());
        int id = memory.id();
        try (var late = SysvSharedMemory.openById(id, Protection.READ_WRITE)) {
            assertEquals(7, late.segment().get(JAVA_LONG, 0));
            assertEquals(2, memory.status().attachments());
        }
        memory.close();
        var protection = Protection.READ_WRITE;
        assertThrows(NotFoundException.class, () -> SysvSharedMemory.openById(id, protection));
        assertThrows(NotFoundException.class, () -> SysvSharedMemory.removeById(id));
    }

    @Test
    void aPrivateSegmentIsFoundByItsIdAlone() throws Exception {
        try (var own = SysvSharedMemory.createPrivate(1)) {
            Traces.remember(own.address());
            assertEquals("shm:#" + own.id(), own.address());
            own.remove();
        }
        assertThrows(IllegalArgumentException.class, () -> SysvSharedMemory.open(IpcKey.PRIVATE));
    }

    @Test
    void statusFollowsTheAttachments() throws Exception {
        var before = Instant.now().minusSeconds(3);
        var own = Credentials.own();
        var status = memory.status();
        assertEquals(BYTES, status.bytes());
        assertEquals(1, status.attachments());
        assertEquals(own.pid(), status.creatorPid());
        assertEquals(own.pid(), status.lastPid());
        assertTrue(status.lastAttachTime().orElseThrow().isAfter(before));
        assertEquals(Optional.empty(), status.lastDetachTime());
        assertTrue(status.changeTime().isAfter(before));
        assertEquals(key, status.permissions().key());
        assertEquals(FileMode.OWNER_ONLY, status.permissions().mode());
        assertEquals(own.uid(), status.permissions().ownerUid());

        try (var _ = SysvSharedMemory.open(key)) {
            assertEquals(2, memory.status().attachments());
        }
        assertEquals(1, memory.status().attachments());
        assertTrue(memory.status().lastDetachTime().orElseThrow().isAfter(before));
    }

    @Test
    void theModeIsWhatWasAskedForWhateverTheUmask() throws Exception {
        var open = Traces.newKey();
        try (var made = SysvSharedMemory.create(open, 1, new FileMode(0666))) {
            assertEquals(new FileMode(0666), made.status().permissions().mode());
        } finally {
            SysvSharedMemory.remove(open);
        }
    }

    @Test
    void closedMemoryIsDetachedOnce() throws Exception {
        try (var other = SysvSharedMemory.open(key)) {
            memory.close();
            memory.close();
            assertEquals(1, other.status().attachments());
        }
        assertThrows(ClosedChannelException.class, memory::status);
        assertThrows(ClosedChannelException.class, memory::remove);
        assertThrows(IllegalStateException.class, () -> memory.segment().get(JAVA_LONG, 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"shmctl", "shmat", "madvise"})
    void aFailureHalfWayLeavesNothingBehind(String function) throws Exception {
        var absent = Traces.newKey();
        try (var _ = Faults.fail(function, 1, Errno.ENOMEM.number())) {
            assertThrows(OsException.class, () -> SysvSharedMemory.create(absent, 1));
        }
        assertThrows(NotFoundException.class, () -> SysvSharedMemory.open(absent));
        try (var _ = Faults.fail(function, 1, Errno.ENOMEM.number())) {
            assertThrows(OsException.class, () -> SysvSharedMemory.openOrCreate(absent, 1));
        }
        assertThrows(NotFoundException.class, () -> SysvSharedMemory.open(absent));

        if (!function.equals("madvise")) { // what is there is taken as it is
            try (var _ = Faults.fail(function, 1, Errno.ENOMEM.number())) {
                assertThrows(OsException.class, () -> SysvSharedMemory.open(key));
            }
        }
        assertEquals(1, memory.status().attachments(), "what was there stays");
    }

    @Test
    void aSegmentThatGoesWhileItIsOpenedWasRemoved() throws Exception {
        var other = Traces.newKey();
        SysvSharedMemory.create(other, 1).close();
        Runnable removing =
                () -> {
                    try {
                        SysvSharedMemory.remove(other);
                    } catch (OsException e) {
                        throw new AssertionError(e);
                    }
                };
        try (var _ = Faults.before("shmat", 1, removing)) {
            assertThrows(RemovedException.class, () -> SysvSharedMemory.open(other));
        }
    }

    /// Bytes of a segment that are in memory or on swap.
    private static long allocatedBytes(int id) throws IOException {
        var lines = Files.readAllLines(Path.of("/proc/sysvipc/shm"));
        var names = Arrays.asList(lines.getFirst().strip().split("\\s+", -1));
        for (var line : lines) {
            var values = line.strip().split("\\s+", -1);
            if (values[1].equals(Integer.toString(id))) {
                return Long.parseLong(values[names.indexOf("rss")])
                        + Long.parseLong(values[names.indexOf("swap")]);
            }
        }
        throw new AssertionError("no segment " + id);
    }

    @Test
    void aNewSegmentHasAllItsPages() throws Exception {
        long pages = 3; // of 10000 bytes
        assertEquals(pages * IpcKind.PAGE_BYTES, allocatedBytes(memory.id()));
        try (var fault = Faults.fail("madvise", 1, Errno.EINVAL.number()); // an older kernel
                var other = SysvSharedMemory.createPrivate(BYTES)) {
            other.remove();
            assertTrue(fault.happened());
            assertEquals(pages * IpcKind.PAGE_BYTES, allocatedBytes(other.id()));
            assertEquals(-1, other.segment().mismatch(MemorySegment.ofArray(new byte[10_000])));
        }
    }

    @Test
    void memoryThatTheHostDoesNotHaveIsRefused() throws Exception {
        var absent = Traces.newKey();
        var e =
                assertThrows(
                        LimitReachedException.class,
                        () -> SysvSharedMemory.create(absent, 1L << 44));
        assertEquals(Errno.ENOMEM, e.errno());
        assertTrue(e.getMessage().contains("free -h"), e.getMessage());
        assertThrows(NotFoundException.class, () -> SysvSharedMemory.open(absent));
    }

    @Test
    void anUnreservedSegmentGetsItsPagesOneByOne() throws Exception {
        var other = Traces.newKey();
        var pages = SegmentPages.unreserved();
        try (var made = SysvSharedMemory.create(other, 1L << 34, FileMode.OWNER_ONLY, pages)) {
            made.remove();
            assertEquals(0, allocatedBytes(made.id()));
            made.segment().set(JAVA_LONG, 1L << 33, 1);
            assertEquals(IpcKind.PAGE_BYTES, allocatedBytes(made.id()));
        }
    }

    @Test
    void hugePagesAreUsedOrRefusedWithTheReason() throws Exception {
        var other = Traces.newKey();
        var mode = FileMode.OWNER_ONLY;
        long free = hugePages("HugePages_Free:");
        assumeTrue(free >= 0, "the kernel has no huge pages");
        long bytes = (free + 1) * (2 << 20);
        var e =
                assertThrows(
                        LimitReachedException.class,
                        () ->
                                SysvSharedMemory.create(
                                        other, bytes, mode, SegmentPages.huge(2 << 20)));
        assertEquals(Errno.ENOMEM, e.errno());
        assertTrue(e.getMessage().contains("vm.nr_hugepages"), e.getMessage());
        var unknown =
                assertThrows(
                        OsException.class,
                        () -> SysvSharedMemory.create(other, 1, mode, SegmentPages.huge(1L << 40)));
        assertEquals(Errno.EINVAL, unknown.errno());
        assertTrue(unknown.getMessage().contains("hugepages"), unknown.getMessage());
        if (free > 0) {
            try (var made = SysvSharedMemory.create(other, 1, mode, SegmentPages.huge())) {
                made.remove();
                made.segment().set(JAVA_BYTE, 0, (byte) 1);
                assertEquals(free - 1, hugePages("HugePages_Free:"));
            }
        }
        assertThrows(NotFoundException.class, () -> SysvSharedMemory.open(other));
    }

    private static long hugePages(String field) throws IOException {
        for (var line : Files.readAllLines(Path.of("/proc/meminfo"))) {
            if (line.startsWith(field)) {
                return Long.parseLong(line.substring(field.length()).strip());
            }
        }
        return -1;
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 0, 1, 4096, 3 << 20})
    void whatIsNoSizeOfHugePagesIsTheCallersMistake(long bytes) {
        assertThrows(IllegalArgumentException.class, () -> SegmentPages.huge(bytes));
    }

    @Test
    void itIsAttachedAtAnAddress() throws Exception {
        long address;
        try (var other = SysvSharedMemory.open(key)) {
            address = other.segment().address();
        }
        var exactly = Attachment.READ_WRITE.at(address);
        try (var there = SysvSharedMemory.open(key, exactly)) {
            assertEquals(address, there.segment().address());
            var e = assertThrows(OsException.class, () -> SysvSharedMemory.open(key, exactly));
            assertEquals(Errno.EINVAL, e.errno());
            assertTrue(e.getMessage().contains("has something there"), e.getMessage());
        }
        var near = Attachment.READ_ONLY.atPageOf(address + 100);
        try (var there = SysvSharedMemory.openById(memory.id(), near)) {
            assertEquals(address, there.segment().address());
            assertTrue(there.segment().isReadOnly());
        }
        assertThrows(IllegalArgumentException.class, () -> Attachment.READ_WRITE.at(0));
    }

    @Test
    void itReplacesMemoryThatWasMappedForItAndLeavesItsPlaceTaken() throws Exception {
        try (var file = MemoryFile.create("reserved", 4 * IpcKind.PAGE_BYTES);
                var reserved = file.map(Protection.READ_WRITE)) {
            var place = reserved.segment();
            var how = Attachment.READ_WRITE.replacing(place);
            memory.segment().set(JAVA_LONG, 0, 42);
            try (var there = SysvSharedMemory.open(key, how)) {
                assertEquals(place.address(), there.segment().address());
                assertEquals(42, place.get(JAVA_LONG, 0));
                assertEquals(2, memory.status().attachments());
            }
            assertEquals(1, memory.status().attachments());
            assertTrue(mapping(place.address()).contains("---p"), () -> mapping(place.address()));
            place.set(JAVA_LONG, 3 * IpcKind.PAGE_BYTES, 1); // not replaced: 10000 bytes

            var small = Attachment.READ_WRITE.replacing(place.asSlice(0, BYTES));
            assertThrows(IllegalArgumentException.class, () -> SysvSharedMemory.open(key, small));
            var heap = MemorySegment.ofArray(new byte[100_000]);
            assertThrows(
                    IllegalArgumentException.class, () -> Attachment.READ_ONLY.replacing(heap));
        }
    }

    /// As of huge pages, which cannot be replaced in part.
    @Test
    void itIsDetachedEvenIfItsPlaceCannotBeTakenAgain() throws Exception {
        long bytes = 3 * IpcKind.PAGE_BYTES;
        int flags = SysMman.MAP_PRIVATE | SysMman.MAP_ANONYMOUS;
        long address = SysMman.mmap(0, bytes, SysMman.PROT_NONE, flags, -1, 0);
        var place = SysMman.memory(address, bytes, Arena.global(), _ -> {}); // never unmapped
        var there = SysvSharedMemory.open(key, Attachment.READ_WRITE.replacing(place));
        assertEquals(2, memory.status().attachments());
        try (var fault = Faults.fail("mmap", 1, Errno.EINVAL.number())) {
            there.close();
            assertTrue(fault.happened());
        }
        assertEquals(1, memory.status().attachments());
    }

    @Test
    void itIsAttachedForRunningCode() throws Exception {
        memory.setMode(new FileMode(0700));
        var how = Attachment.of(Protection.READ_ONLY).executable();
        try (var code = SysvSharedMemory.open(key, how)) {
            var line = mapping(code.segment().address());
            assertTrue(line.contains("r-xs"), line);
            assertTrue(code.segment().isReadOnly());
        }
    }

    /// The mapping that begins at an address, in the kernel's words.
    private static String mapping(long address) {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.startsWith(Long.toHexString(address) + "-"))
                    .findFirst()
                    .orElse("none");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theListAndTheSummaryShowIt() throws Exception {
        memory.remove();
        var listed =
                SysvSharedMemory.list().stream()
                        .filter(status -> status.id() == memory.id())
                        .toList();
        assertEquals(List.of(memory.status()), listed);
        var summary = SysvSharedMemory.summary();
        assertTrue(summary.segments() >= 1 && summary.pages() >= 3, summary::toString);
        assertEquals(Limit.SHMMNI.value().orElseThrow(), summary.segmentsMax());
        assertEquals(Limit.SHMALL.value().orElseThrow(), summary.pagesMax());
        assertEquals(Limit.SHMMAX.value().orElseThrow(), summary.segmentBytesMax());
    }

    @Test
    void aLimitOfLockedMemoryIsExplained() {
        for (var errno : new Errno[] {Errno.EPERM, Errno.ENOMEM}) {
            try (var _ = Faults.fail("shmctl", 1, errno.number())) {
                var e = assertThrows(OsException.class, memory::lock);
                assertTrue(e.getMessage().contains("RLIMIT_MEMLOCK"), e.getMessage());
            }
        }
    }

    @Test
    void ownerAndModeChangeTogetherWithNothingElse() throws Exception {
        var before = memory.status();
        var own = Credentials.own();
        memory.setOwner(own.uid(), own.gid());
        memory.setMode(new FileMode(0640));
        var after = memory.status().permissions();
        assertEquals(new FileMode(0640), after.mode());
        assertEquals(before.permissions().ownerUid(), after.ownerUid());
        assertThrows(IllegalArgumentException.class, () -> memory.setOwner(-1, 0));
        assertThrows(IllegalArgumentException.class, () -> memory.setOwner(0, 0xffff_ffffL));
    }

    @Test
    void refusalsAreExplained() {
        var absent = Traces.newKey();
        try (var _ = Faults.fail("shmget", 1, Errno.ENOSPC.number())) {
            var e =
                    assertThrows(
                            LimitReachedException.class, () -> SysvSharedMemory.create(absent, 1));
            assertTrue(e.getMessage().contains("kernel.shm"), e.getMessage());
            assertTrue(e.getMessage().contains("not the disk"), e.getMessage());
        }
        try (var _ = Faults.fail("shmat", 1, Errno.EACCES.number())) {
            var e = assertThrows(NotPermittedException.class, () -> SysvSharedMemory.open(key));
            assertTrue(e.getMessage().contains("0600 (rw-------)"), e.getMessage());
        }
    }
}
