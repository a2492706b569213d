package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parley.kernel.Faults;
import parley.memory.Protection;
import parley.os.AlreadyExistsException;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.FileMode;
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
    @ValueSource(strings = {"shmctl", "shmat"})
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

        try (var _ = Faults.fail(function, 1, Errno.ENOMEM.number())) {
            assertThrows(OsException.class, () -> SysvSharedMemory.open(key));
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

    @Test
    void refusalsAreExplained() {
        var absent = Traces.newKey();
        try (var _ = Faults.fail("shmget", 1, Errno.ENOSPC.number())) {
            var e =
                    assertThrows(
                            LimitReachedException.class, () -> SysvSharedMemory.create(absent, 1));
            assertTrue(e.getMessage().contains("kernel.shm"), e.getMessage());
        }
        try (var _ = Faults.fail("shmat", 1, Errno.EACCES.number())) {
            var e = assertThrows(NotPermittedException.class, () -> SysvSharedMemory.open(key));
            assertTrue(e.getMessage().contains("0600 (rw-------)"), e.getMessage());
        }
    }
}
