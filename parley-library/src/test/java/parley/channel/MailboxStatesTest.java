package parley.channel;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Killed anywhere, a process leaves a mailbox in a state that the others go on from. More states:
/// `-Dparley.crash.states=100000000 -Dparley.crash.seed=7`.
@Timeout(3600)
class MailboxStatesTest {
    private static final long STATES = Long.getLong("parley.crash.states", 500_000);
    private static final long SEED = Long.getLong("parley.crash.seed", 1);
    private static final long STATES_UNTIL_FOUND = 1_000_000;

    @Test
    void everyStateIsOneToGoOnFrom() {
        new MailboxStates(SEED, HeapMailboxMemory::new).explore(STATES);
    }

    /// That the search can fail: each of these is found.
    @ParameterizedTest
    @EnumSource
    void aPlantedFaultIsFound(MailboxFault fault) {
        var states = new MailboxStates(SEED, fault::memory);
        assertThrows(AssertionError.class, () -> states.explore(STATES_UNTIL_FOUND));
    }
}
