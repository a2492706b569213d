package parley.sysv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import parley.contract.ThreadKind;
import parley.kernel.Faults;
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
final class SysvSemaphoreSetTest {
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofSeconds(50);

    private final IpcKey key = Traces.newKey();
    private SysvSemaphoreSet set;

    @BeforeEach
    void create() throws OsException {
        set = SysvSemaphoreSet.create(key, 2, 0, SysvSemaphoreSet.VALUE_MAX);
    }

    @AfterEach
    void remove() throws OsException {
        set.close();
        Traces.removeSet(key);
    }

    @AfterAll
    static void nothingIsLeft() throws IOException {
        Traces.assertNothingLeft();
    }

    @Test
    void valuesAreThoseItWasMadeWith() throws Exception {
        assertEquals(3, set.count());
        assertArrayEquals(new int[] {2, 0, 32767}, set.values());
        assertEquals(32767, set.semaphore(2).value());
        assertEquals(2, set.semaphore(2).index());
        assertEquals(set.address() + "[2]", set.semaphore(2).toString());
    }

    @Test
    void aSetThatVanishesBetweenTheTwoTriesIsMade() throws Exception {
        for (int nth : new int[] {1, 2}) { // looking at what it has, and at its age
            try (var fault = Faults.before("semctl", nth, this::removeUnchecked);
                    var made = SysvSemaphoreSet.openOrCreate(key, 5)) {
                assertTrue(fault.happened());
                assertArrayEquals(new int[] {5}, made.values());
            }
        }
    }

    private void removeUnchecked() {
        try {
            SysvSemaphoreSet.remove(key);
        } catch (OsException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theFirstValueMayBeAnyOfTheRange() throws Exception {
        for (int value : new int[] {0, 1, 32766, 32767}) {
            try (var other = SysvSemaphoreSet.createPrivate(value)) {
                Traces.remember(other.address());
                assertArrayEquals(new int[] {value}, other.values());
                assertTrue(other.status().lastOperationTime().isPresent());
                other.remove();
            }
        }
    }

    @Test
    void valuesCanBeSetOneByOneAndTogether() throws Exception {
        set.semaphore(1).setValue(9);
        assertArrayEquals(new int[] {2, 9, 32767}, set.values());
        set.setValues(32767, 0, 1);
        assertArrayEquals(new int[] {32767, 0, 1}, set.values());
    }

    @Test
    void valuesAndIndexesOutOfRangeAreTheCallersMistake() throws Exception {
        var other = Traces.newKey();
        assertThrows(IllegalArgumentException.class, () -> SysvSemaphoreSet.create(other));
        assertThrows(IllegalArgumentException.class, () -> SysvSemaphoreSet.create(other, -1));
        assertThrows(
                IllegalArgumentException.class, () -> SysvSemaphoreSet.openOrCreate(other, 32768));
        assertThrows(IllegalArgumentException.class, () -> set.setValues(1, 2));
        assertThrows(IllegalArgumentException.class, () -> set.setValues(1, 2, 32768));
        assertThrows(IllegalArgumentException.class, () -> set.semaphore(0).setValue(-1));
        assertThrows(IndexOutOfBoundsException.class, () -> set.semaphore(3));
        assertThrows(IndexOutOfBoundsException.class, () -> set.semaphore(-1));
        assertThrows(IndexOutOfBoundsException.class, () -> set.operations().release(3));
        assertThrows(IllegalArgumentException.class, () -> set.operations().acquire(0, 0));
        assertThrows(IllegalArgumentException.class, () -> set.operations().release(0, 32768));
        assertThrows(IllegalStateException.class, () -> set.operations().undo());
        assertThrows(IllegalStateException.class, () -> set.operations().tryPerform());
        assertThrows(IllegalStateException.class, () -> set.operations().perform());
        assertThrows(IllegalStateException.class, () -> set.operations().perform(SHORT));
    }

    @Test
    void severalOperationsHappenTogetherOrNotAtAll() throws Exception {
        var move = set.operations().acquire(0, 2).release(1, 3).release(0);
        move.perform();
        assertArrayEquals(new int[] {1, 3, 32767}, set.values());
        assertFalse(move.tryPerform());
        assertFalse(move.perform(SHORT));
        assertFalse(set.operations().release(0, 5).awaitZero(1).tryPerform());
        assertArrayEquals(new int[] {1, 3, 32767}, set.values());
        assertTrue(set.operations().acquire(1, 3).awaitZero(1).release(1).tryPerform());
        assertTrue(set.operations().acquire(1).awaitZero(1).perform(LONG));
        assertArrayEquals(new int[] {1, 0, 32767}, set.values());
    }

    @Test
    void asManyOperationsAsTheKernelTakesAreOneStep() throws Exception {
        var many = set.operations();
        for (int i = 0; i < 250; i++) {
            many.release(1, 2).acquire(1);
        }
        assertTrue(many.tryPerform());
        assertEquals(250, set.semaphore(1).value());
    }

    @Test
    void moreOperationsThanTheKernelTakesAreRefusedWithTheLimit() throws Exception {
        var many = set.operations();
        for (int i = 0; i < 40_000; i++) {
            many.awaitZero(1);
        }
        var e = assertThrows(LimitReachedException.class, many::perform);
        assertEquals(Errno.E2BIG, e.errno());
        assertTrue(e.getMessage().contains("kernel.sem"), e.getMessage());
    }

    @Test
    void aValueBeyondTheMostIsRefusedAndNothingHappens() throws Exception {
        var e = assertThrows(LimitReachedException.class, () -> set.semaphore(2).release());
        assertEquals(Errno.ERANGE, e.errno());
        var both = set.operations().release(0).release(2);
        assertThrows(LimitReachedException.class, both::perform);
        assertArrayEquals(new int[] {2, 0, 32767}, set.values());
    }

    @Test
    void waitersAndTheLastProcessAreSeen() throws Exception {
        var semaphore = set.semaphore(1);
        var acquirer = ThreadKind.PLATFORM.start(() -> semaphore.tryAcquire(LONG));
        var other = ThreadKind.VIRTUAL.start(() -> semaphore.tryAcquire(LONG));
        var awaiter = ThreadKind.VIRTUAL.start(() -> set.operations().awaitZero(0).perform(LONG));
        while (semaphore.waitingToAcquire() < 2 || set.semaphore(0).waitingForZero() < 1) {
            Thread.onSpinWait();
        }
        assertEquals(0, semaphore.waitingForZero());
        assertEquals(0, set.semaphore(0).waitingToAcquire());
        assertTrue(set.operations().acquire(0, 2).release(1, 2).tryPerform());
        assertTrue(acquirer.result());
        assertTrue(other.result());
        assertTrue(awaiter.result());
        assertEquals(Credentials.own().pid(), semaphore.lastPid());
    }

    @Test
    void undoIsForTheProcessAndNotForTheThread() throws Exception {
        var semaphore = set.semaphore(0).withUndo();
        assertTrue(ThreadKind.PLATFORM.start(semaphore::tryAcquire).result());
        assertEquals(1, semaphore.value());
        semaphore.release();
        assertEquals(2, semaphore.value());
        assertTrue(set.operations().awaitZero(1).undo().tryPerform());
    }

    @Test
    void makingOpeningAndRemovingFollowTheKey() throws Exception {
        assertThrows(AlreadyExistsException.class, () -> SysvSemaphoreSet.create(key, 1));
        try (var byKey = SysvSemaphoreSet.open(key);
                var asIs = SysvSemaphoreSet.openAsIs(key);
                var initialized = SysvSemaphoreSet.openInitialized(key, SHORT).orElseThrow();
                var byId = SysvSemaphoreSet.openById(set.id());
                var existing = SysvSemaphoreSet.openOrCreate(key, 7)) {
            for (var other : new SysvSemaphoreSet[] {byKey, asIs, initialized, existing, byId}) {
                assertEquals(set.id(), other.id());
                assertEquals(3, other.count());
            }
            assertEquals("sem:" + key, byKey.address());
            assertEquals("sem:#" + set.id(), byId.toString());
            assertArrayEquals(new int[] {2, 0, 32767}, existing.values());
        }
        var e =
                assertThrows(
                        OsException.class, () -> SysvSemaphoreSet.openOrCreate(key, 1, 1, 1, 1));
        assertEquals(Errno.EINVAL, e.errno());

        SysvSemaphoreSet.remove(key);
        assertThrows(NotFoundException.class, () -> SysvSemaphoreSet.remove(key));
        assertThrows(NotFoundException.class, () -> SysvSemaphoreSet.open(key));
        assertThrows(NotFoundException.class, () -> SysvSemaphoreSet.openAsIs(key));
        assertThrows(NotFoundException.class, () -> SysvSemaphoreSet.openInitialized(key, SHORT));
        assertThrows(NotFoundException.class, () -> SysvSemaphoreSet.openById(set.id()));
        try (var made = SysvSemaphoreSet.openOrCreate(key, 4)) {
            assertNotEquals(set.id(), made.id());
            assertArrayEquals(new int[] {4}, made.values());
            SysvSemaphoreSet.removeById(made.id());
        }
    }

    @Test
    void statusTellsWhatItIs() throws Exception {
        var open = Traces.newKey();
        try (var other = SysvSemaphoreSet.create(open, new FileMode(0640), 1)) {
            var status = other.status();
            var before = Instant.now().minusSeconds(3);
            assertEquals(1, status.count());
            assertTrue(status.changeTime().isAfter(before));
            assertTrue(status.lastOperationTime().orElseThrow().isAfter(before));
            assertEquals(new FileMode(0640), status.permissions().mode());
            assertEquals(Credentials.own().uid(), status.permissions().creatorUid());
        } finally {
            SysvSemaphoreSet.remove(open);
        }
    }

    @Test
    void theListAndTheSummaryShowIt() throws Exception {
        var listed =
                SysvSemaphoreSet.list().stream().filter(status -> status.id() == set.id()).toList();
        assertEquals(List.of(set.status()), listed);
        var summary = SysvSemaphoreSet.summary();
        assertTrue(summary.sets() >= 1 && summary.semaphores() >= 3, summary::toString);
        assertEquals(Limit.SEMMNI.value().orElseThrow(), summary.setsMax());
        assertEquals(Limit.SEMMNS.value().orElseThrow(), summary.semaphoresMax());
        assertEquals(Limit.SEMMSL.value().orElseThrow(), summary.setSemaphoresMax());
        assertEquals(Limit.SEMOPM.value().orElseThrow(), summary.operationsMax());
    }

    @Test
    void ownerAndModeChangeTogetherWithNothingElse() throws Exception {
        var own = Credentials.own();
        set.setMode(new FileMode(0640));
        set.setOwner(own.uid(), own.gid());
        var permissions = set.status().permissions();
        assertEquals(new FileMode(0640), permissions.mode());
        assertEquals(own.uid(), permissions.ownerUid());
        assertEquals(key, permissions.key());
        assertArrayEquals(new int[] {2, 0, 32767}, set.values());
        set.close();
        assertThrows(ClosedChannelException.class, () -> set.setMode(FileMode.OWNER_ONLY));
        assertThrows(ClosedChannelException.class, () -> set.setOwner(0, 0));
    }

    @Test
    void whatCannotBeUndoneIsRefusedWithTheReason() throws Exception {
        var release = set.operations().release(0, 20_000).undo();
        release.perform();
        set.operations().acquire(0, 20_000).perform(); // without undo, which would forget
        var e = assertThrows(LimitReachedException.class, release::perform);
        assertEquals(Errno.ERANGE, e.errno());
        assertTrue(e.getMessage().contains("sum to undo"), e.getMessage());
        assertEquals(2, set.semaphore(0).value());
        try (var _ = Faults.fail("semop", 1, Errno.ENOSPC.number())) {
            var full = assertThrows(LimitReachedException.class, release::perform);
            assertTrue(full.getMessage().contains("SEM_UNDO"), full.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"semctl", "semop"})
    void aFailureHalfWayLeavesNothingBehind(String function) {
        var absent = Traces.newKey();
        for (int errno : new int[] {Errno.ENOSPC.number(), Errno.EAGAIN.number()}) {
            try (var _ = Faults.fail(function, 1, errno)) {
                assertThrows(OsException.class, () -> SysvSemaphoreSet.create(absent, 1));
            }
            assertThrows(NotFoundException.class, () -> SysvSemaphoreSet.openAsIs(absent));
            try (var _ = Faults.fail(function, 1, errno)) {
                assertThrows(OsException.class, () -> SysvSemaphoreSet.openOrCreate(absent, 1));
            }
            assertThrows(NotFoundException.class, () -> SysvSemaphoreSet.openAsIs(absent));
        }
    }

    /// Stops the maker between its two steps, and lets an opener look meanwhile.
    @ParameterizedTest
    @ValueSource(strings = {"semctl", "semop"})
    void whoOpensASetInTheMakingWaitsForItsValues(String step) throws Exception {
        var other = Traces.newKey();
        var atStep = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        Runnable stop =
                () -> {
                    atStep.countDown();
                    await(goOn);
                };
        try {
            ThreadKind.Running<SysvSemaphoreSet> maker;
            try (var _ = Faults.before(step, 1, stop)) {
                maker = ThreadKind.PLATFORM.start(() -> SysvSemaphoreSet.create(other, 5));
                atStep.await();
            }
            var looked = new CountDownLatch(1);
            ThreadKind.Running<SysvSemaphoreSet> opener;
            try (var _ = Faults.before("semctl", 4, looked::countDown)) {
                opener = ThreadKind.VIRTUAL.start(() -> SysvSemaphoreSet.open(other));
                looked.await();
            }
            assertTrue(SysvSemaphoreSet.openInitialized(other, SHORT).isEmpty());
            goOn.countDown();
            assertArrayEquals(new int[] {5}, opener.result().values());
            assertEquals(maker.result().id(), opener.result().id());
        } finally {
            goOn.countDown();
            Traces.removeSet(other);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoWaitsForASetInTheMakingCanBeInterrupted(ThreadKind kind) throws Exception {
        var other = Traces.newKey();
        int id = IpcKind.SEM.create(other, 1, FileMode.OWNER_ONLY);
        try {
            var looked = new CountDownLatch(1);
            ThreadKind.Running<Boolean> opener;
            try (var _ = Faults.before("semctl", 3, looked::countDown)) {
                opener =
                        kind.start(() -> SysvSemaphoreSet.openInitialized(other, LONG).isPresent());
                looked.await();
            }
            opener.interrupt();
            assertThrows(InterruptedException.class, opener::result);
        } finally {
            IpcKind.SEM.remove(id);
        }
    }

    @Test
    void aSetThatNobodyInitializesIsTakenAsItIsWhenItIsNoLongerNew() throws Exception {
        var other = Traces.newKey();
        int id = IpcKind.SEM.create(other, 2, FileMode.OWNER_ONLY);
        try (var opened = SysvSemaphoreSet.open(other)) {
            assertArrayEquals(new int[] {0, 0}, opened.values());
            assertTrue(opened.status().lastOperationTime().isEmpty());
        } finally {
            IpcKind.SEM.remove(id);
        }
    }

    @Test
    void manyWhoOpenOrCreateAtOnceAgree() throws Exception {
        for (int round = 0; round < 50; round++) {
            var other = Traces.newKey();
            var start = new CountDownLatch(1);
            ThreadKind.Action<Integer> use =
                    () -> {
                        start.await();
                        try (var own = SysvSemaphoreSet.openOrCreate(other, 1, 1)) {
                            own.semaphore(1).acquire();
                            own.semaphore(1).release();
                            return own.id();
                        }
                    };
            var one = ThreadKind.PLATFORM.start(use);
            var two = ThreadKind.PLATFORM.start(use);
            start.countDown();
            assertEquals(one.result(), two.result());
            try (var own = SysvSemaphoreSet.open(other)) {
                assertArrayEquals(new int[] {1, 1}, own.values());
                own.remove();
            }
        }
    }

    @Test
    void everyCallAfterTheRemovalSaysThatItWasRemoved() throws Exception {
        var semaphore = set.semaphore(0);
        set.remove();
        assertRemoved(set::remove);
        assertRemoved(set::values);
        assertRemoved(() -> set.setValues(1, 2, 3));
        assertRemoved(set::status);
        assertRemoved(semaphore::acquire);
        assertRemoved(semaphore::tryAcquire);
        assertRemoved(() -> semaphore.tryAcquire(SHORT));
        assertRemoved(semaphore::release);
        assertRemoved(semaphore::value);
        assertRemoved(semaphore::waitingToAcquire);
    }

    private static void assertRemoved(Executable call) {
        var e = assertThrows(RemovedException.class, call);
        assertEquals(Errno.EIDRM, e.errno());
    }

    @ParameterizedTest
    @EnumSource
    void theRemovalEndsThoseWhoWait(ThreadKind kind) throws Exception {
        var semaphore = set.semaphore(1);
        var untimed =
                kind.start(() -> {
                    semaphore.acquire();
                    return true;
                });
        var timed = kind.start(() -> semaphore.tryAcquire(LONG));
        while (semaphore.waitingToAcquire() < 2) {
            Thread.onSpinWait();
        }
        SysvSemaphoreSet.remove(key);
        assertRemoved(untimed::result);
        assertRemoved(timed::result);
    }

    @Test
    void aClosedSetRefusesEverything() {
        var semaphore = set.semaphore(0);
        set.close();
        assertThrows(ClosedChannelException.class, set::values);
        assertThrows(ClosedChannelException.class, set::status);
        assertThrows(ClosedChannelException.class, set::remove);
        assertThrows(ClosedChannelException.class, () -> set.setValues(1, 2, 3));
        assertThrows(ClosedChannelException.class, semaphore::tryAcquire);
        assertThrows(ClosedChannelException.class, semaphore::release);
        assertThrows(ClosedChannelException.class, semaphore::value);
    }

    @Test
    void refusalsAreExplained() {
        var absent = Traces.newKey();
        var e = assertThrows(NotFoundException.class, () -> SysvSemaphoreSet.openAsIs(absent));
        assertEquals("sem:" + absent, e.object());
        try (var _ = Faults.fail("semget", 1, Errno.ENOSPC.number())) {
            var full =
                    assertThrows(
                            LimitReachedException.class, () -> SysvSemaphoreSet.create(absent, 1));
            assertTrue(full.getMessage().contains("kernel.sem"), full.getMessage());
        }
        try (var _ = Faults.fail("semop", 1, Errno.EACCES.number())) {
            assertThrows(NotPermittedException.class, () -> set.semaphore(0).tryAcquire());
        }
        try (var _ = Faults.fail("semop", 1, Errno.EINVAL.number())) {
            var invalid = assertThrows(OsException.class, () -> set.semaphore(0).tryAcquire());
            assertEquals(Errno.EINVAL, invalid.errno(), "the set is still there");
        }
    }
}
