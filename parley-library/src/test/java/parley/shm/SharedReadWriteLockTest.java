package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.shm.SharedMutex.Acquired;

class SharedReadWriteLockTest extends TwoParticipants {
    private static final Optional<Acquired> CLEAN = Optional.of(Acquired.CLEAN);
    private static final long FIRST = 32_768;
    private static final long SECOND = FIRST + Long.BYTES;

    @Override
    ThreadKind.Action<?> waiting() throws Exception {
        var _ = mine.readWriteLock(0).readLock();
        return () -> theirs.readWriteLock(0).writeLock();
    }

    @Test
    void manyReadersOrOneWriter() throws Exception {
        var my = mine.readWriteLock(0);
        var their = theirs.readWriteLock(0);
        assertEquals(Acquired.CLEAN, my.readLock());
        assertEquals(CLEAN, their.tryReadLock());
        assertEquals(CLEAN, their.tryReadLock(SHORT));
        assertEquals(Optional.empty(), my.tryWriteLock(), "its own readers count, too");
        assertEquals(Optional.empty(), their.tryWriteLock(SHORT));
        my.unlockRead();
        their.unlockRead();
        assertEquals(Optional.empty(), my.tryWriteLock());
        their.unlockRead();
        assertEquals(CLEAN, my.tryWriteLock());
        assertEquals(Optional.empty(), their.tryReadLock());
        assertEquals(Optional.empty(), their.tryReadLock(SHORT));
        assertEquals(Optional.empty(), their.tryWriteLock());
        my.unlockWrite();
        assertEquals(CLEAN, their.tryWriteLock());
        their.unlockWrite();
        assertThrows(IllegalMonitorStateException.class, my::unlockRead);
        assertThrows(IllegalMonitorStateException.class, my::unlockWrite);
        assertThrows(IllegalMonitorStateException.class, my::markConsistent);
    }

    @ParameterizedTest
    @EnumSource
    void aWriterThatWaitsKeepsNewReadersOutAndGetsIt(ThreadKind kind) throws Exception {
        var my = mine.readWriteLock(0);
        var _ = my.readLock();
        var writing = kind.start(() -> theirs.readWriteLock(0).writeLock());
        writing.awaitBlocked();
        assertEquals(Optional.empty(), my.tryReadLock());
        my.unlockRead();
        assertEquals(Acquired.CLEAN, writing.result());
    }

    @ParameterizedTest
    @EnumSource
    void aWriterThatGivesUpLetsReadersIn(ThreadKind kind) throws Exception {
        var my = mine.readWriteLock(0);
        var _ = my.readLock();
        var writing = kind.start(() -> theirs.readWriteLock(0).writeLock());
        writing.awaitBlocked();
        var reading = kind.start(() -> mine.readWriteLock(0).readLock());
        reading.awaitBlocked();
        writing.interrupt();
        assertEquals(Acquired.CLEAN, reading.result());
    }

    @ParameterizedTest
    @EnumSource
    void aReaderThatHasGoneIsForgotten(ThreadKind kind) throws Exception {
        var _ = mine.readWriteLock(0).readLock();
        var writing = kind.start(() -> theirs.readWriteLock(0).writeLock());
        writing.awaitBlocked();
        mine.close();
        assertEquals(Acquired.CLEAN, writing.result());
    }

    @ParameterizedTest
    @EnumSource
    void afterAWriterHasGoneReadersAndWritersAreToldUntilItIsRepaired(ThreadKind kind)
            throws Exception {
        var _ = mine.readWriteLock(0).writeLock();
        var their = theirs.readWriteLock(0);
        var reading = kind.start(their::readLock);
        reading.awaitBlocked();
        mine.close();
        assertEquals(Acquired.OWNER_DIED, reading.result());
        assertEquals(Optional.empty(), their.tryWriteLock(), "there is a reader");
        their.unlockRead();
        assertEquals(Acquired.OWNER_DIED, their.writeLock());
        their.markConsistent();
        their.unlockWrite();
        assertEquals(Acquired.CLEAN, their.readLock());
        their.unlockRead();
    }

    /// It has changed nothing.
    @ParameterizedTest
    @EnumSource
    void aWriterThatGoesWhileItWaitsForReadersHarmsNobody(ThreadKind kind) throws Exception {
        var my = mine.readWriteLock(0);
        var _ = my.readLock();
        var writing = kind.start(() -> theirs.readWriteLock(0).writeLock());
        writing.awaitBlocked();
        theirs.close();
        assertThrows(ClosedChannelException.class, writing::result);
        assertEquals(CLEAN, my.tryReadLock());
        my.unlockRead();
        my.unlockRead();
        assertEquals(Acquired.CLEAN, my.writeLock());
        my.unlockWrite();
    }

    @Test
    void whatNobodyRepairedIsLost() throws Exception {
        var _ = mine.readWriteLock(0).writeLock();
        mine.close();
        var their = theirs.readWriteLock(0);
        assertEquals(Acquired.OWNER_DIED, their.writeLock());
        their.unlockWrite();
        assertThrows(NotRecoverableException.class, their::readLock);
        assertThrows(NotRecoverableException.class, their::tryReadLock);
        assertThrows(NotRecoverableException.class, their::writeLock);
    }

    @Test
    void readersNeverSeeHalfAChange() throws Exception {
        var all = new ArrayList<ThreadKind.Running<Long>>();
        for (int i = 0; i < 4; i++) {
            var region = i < 2 ? mine : theirs;
            boolean writes = i % 2 == 0;
            all.add(ThreadKind.alternating(i / 2).start(() -> use(region, writes)));
        }
        long written = 0;
        for (var each : all) {
            written += each.result();
        }
        assertEquals(written, mine.data().get(JAVA_LONG, FIRST));
        assertTrue(written > 0);
    }

    private static long use(SharedRegion region, boolean writes) throws Exception {
        var lock = region.readWriteLock(0);
        var data = region.data();
        int times = 5_000;
        for (int i = 0; i < times; i++) {
            if (writes) {
                assertEquals(Acquired.CLEAN, lock.writeLock());
                data.set(JAVA_LONG, FIRST, data.get(JAVA_LONG, FIRST) + 1);
                data.set(JAVA_LONG, SECOND, data.get(JAVA_LONG, SECOND) + 1);
                lock.unlockWrite();
            } else {
                assertEquals(Acquired.CLEAN, lock.readLock());
                assertEquals(data.get(JAVA_LONG, FIRST), data.get(JAVA_LONG, SECOND));
                lock.unlockRead();
            }
        }
        return writes ? times : 0;
    }
}
