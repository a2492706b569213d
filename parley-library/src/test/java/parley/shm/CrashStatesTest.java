package parley.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Killed anywhere, a process leaves a lock, the table of participants, a ring, a broadcast in a
/// state that the others go on from. More states: `-Dparley.crash.states=100000000
/// -Dparley.crash.seed=7`.
@Timeout(600)
class CrashStatesTest {
    private static final long STATES = Long.getLong("parley.crash.states", 10_000_000);
    private static final long SEED = Long.getLong("parley.crash.seed", 1);
    private static final long STATES_UNTIL_FOUND = 5_000_000;

    @Test
    void everyStateIsOneToGoOnFrom() {
        var states = new MutexStates(SEED, UnaryOperator.identity());
        states.explore(STATES);
        for (var attempt : MutexWord.Attempt.values()) { // all kinds are among them
            assertTrue(states.seen().get(attempt) > STATES / 1000, states.seen().toString());
        }
    }

    /// That the search can fail: each of these is found.
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = ".*WOKEN.*|SLEEPS.*")
    void aPlantedFaultIsFound(Fault fault) {
        var states = new MutexStates(SEED, words -> new FaultyWords(words, fault));
        assertThrows(AssertionError.class, () -> states.explore(STATES_UNTIL_FOUND));
    }

    @Test
    void everyStateOfARingIsOneToGoOnFrom() {
        var states = new RingStates(SEED, RingStates::memory);
        states.explore(STATES);
        assertTrue(states.received() > STATES / 100, "received " + states.received());
    }

    @ParameterizedTest
    @EnumSource
    void aPlantedFaultOfARingIsFound(RingFault fault) {
        var states = new RingStates(SEED, fault::memory);
        assertThrows(AssertionError.class, () -> states.explore(STATES_UNTIL_FOUND));
    }

    @ParameterizedTest
    @EnumSource
    void everyStateOfABroadcastIsOneToGoOnFrom(WhenSlow whenSlow) {
        var states = new BroadcastStates(SEED, whenSlow, HeapRingMemory::new);
        states.explore(STATES);
        assertTrue(states.received() > STATES / 100, "received " + states.received());
        assertEquals(whenSlow == WhenSlow.HOLD_BACK, states.lost() == 0, "lost " + states.lost());
    }

    @ParameterizedTest
    @EnumSource
    void aPlantedFaultOfABroadcastIsFound(BroadcastFault fault) {
        var states = new BroadcastStates(SEED, fault.whenSlow(), fault::memory);
        assertThrows(AssertionError.class, () -> states.explore(STATES_UNTIL_FOUND));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "TO_ONE")
    void everyStateOfARingOfSeveralReceiversIsOneToGoOnFrom(Delivery delivery) {
        var states = new SeveralReceiversStates(SEED, delivery, RingStates::memory);
        states.explore(STATES);
        assertTrue(states.received() > STATES / 100, "received " + states.received());
    }

    @ParameterizedTest
    @EnumSource
    void aPlantedFaultOfARingOfSeveralReceiversIsFound(SeveralReceiversFault fault) {
        var states = new SeveralReceiversStates(SEED, fault.delivery(), fault::memory);
        assertThrows(AssertionError.class, () -> states.explore(STATES_UNTIL_FOUND));
    }

    @Test
    void everyStateOfARingOfBytesIsOneToGoOnFrom() {
        var states = new ByteRingStates(SEED, ByteRingStates::memory);
        states.explore(STATES);
        assertTrue(states.received() > STATES, "received " + states.received());
    }

    @ParameterizedTest
    @EnumSource
    void aPlantedFaultOfARingOfBytesIsFound(ByteRingFault fault) {
        var states = new ByteRingStates(SEED, fault::memory);
        assertThrows(AssertionError.class, () -> states.explore(STATES_UNTIL_FOUND));
    }
}
