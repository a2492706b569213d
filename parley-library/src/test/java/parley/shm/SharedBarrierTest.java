package parley.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.shm.SharedBarrier.Outcome;

class SharedBarrierTest extends TwoParticipants {
    @Override
    ThreadKind.Action<?> waiting() {
        int _ = mine.barrier(0, 2).join();
        var their = theirs.barrier(0, 2);
        int _ = their.join();
        return their::arriveAndAwait;
    }

    @Test
    void allMeetManyTimes() throws Exception {
        int parties = 4;
        var arrived = new AtomicInteger();
        var all = new ArrayList<ThreadKind.Running<Boolean>>();
        for (int i = 0; i < parties; i++) {
            var barrier = (i < 2 ? mine : theirs).barrier(0, parties);
            assertEquals(0, barrier.join());
            all.add(ThreadKind.alternating(i).start(() -> meet(barrier, arrived, parties)));
        }
        for (var each : all) {
            assertTrue(each.result());
        }
    }

    private static boolean meet(SharedBarrier barrier, AtomicInteger arrived, int parties)
            throws Exception {
        for (int phase = 1; phase <= 2_000; phase++) {
            int _ = arrived.incrementAndGet();
            assertEquals(Outcome.COMPLETE, barrier.arriveAndAwait());
            assertTrue(arrived.get() >= phase * parties, "went on before all had come");
        }
        return true;
    }

    @ParameterizedTest
    @EnumSource
    void whoWaitsIsToldThatAPartyHasGoneAndAnotherTakesItsPlace(ThreadKind kind) throws Exception {
        var my = mine.barrier(0, 2);
        int _ = my.join();
        var their = theirs.barrier(0, 2);
        int _ = their.join();
        var waiting = kind.start(their::arriveAndAwait);
        waiting.awaitBlocked();
        mine.close();
        assertEquals(Outcome.PARTY_DIED, waiting.result());
        var another = theirs.barrier(0, 2);
        assertEquals(0, another.join());
        assertEquals(1, another.arrive());
        assertEquals(Outcome.COMPLETE, their.await(1));
    }

    @Test
    void whoHasArrivedAndGoneIsNotMissed() throws Exception {
        var my = mine.barrier(0, 2);
        int _ = my.join();
        var their = theirs.barrier(0, 2);
        int _ = their.join();
        assertEquals(1, my.arrive());
        mine.close();
        assertEquals(Outcome.COMPLETE, their.arriveAndAwait());
        assertEquals(Outcome.PARTY_DIED, their.arriveAndAwait(), "but at the next");
    }

    @ParameterizedTest
    @EnumSource
    void itIsALatchForWhoIsNoParty(ThreadKind kind) throws Exception {
        var one = mine.barrier(0, 2);
        var two = mine.barrier(0, 2);
        assertEquals(Outcome.TIMED_OUT, theirs.barrier(0, 2).await(1, SHORT));
        var waiting = kind.start(() -> theirs.barrier(0, 2).await(1));
        waiting.awaitBlocked();
        int _ = one.join();
        assertEquals(1, one.arrive());
        assertEquals(2, one.arrive(), "nobody has to wait");
        int _ = two.join();
        waiting.awaitBlocked();
        assertEquals(1, two.arrive());
        assertEquals(Outcome.COMPLETE, waiting.result());
    }

    @Test
    void thereAreSoManyPlaces() {
        var one = mine.barrier(0, 2);
        var two = theirs.barrier(0, 2);
        assertThrows(IllegalStateException.class, one::arrive);
        assertThrows(IllegalStateException.class, one::leave);
        int _ = one.join();
        assertThrows(IllegalStateException.class, one::join);
        int _ = two.join();
        assertThrows(IllegalStateException.class, () -> mine.barrier(0, 2).join());
        assertEquals(1, one.arrive());
        one.leave();
        assertEquals(1, mine.barrier(0, 2).join(), "goes on where the place was");
        assertThrows(IllegalArgumentException.class, () -> mine.barrier(0, 3));
        assertThrows(IllegalArgumentException.class, () -> mine.barrier(0, 0));
    }
}
