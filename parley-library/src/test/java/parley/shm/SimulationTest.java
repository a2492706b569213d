package parley.shm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Processes that use a structure, are killed at any step and interrupted in any sleep: what it
/// promises holds in all states, and nobody sleeps for ever. More states:
/// `-Dparley.crash.states=100000000 -Dparley.crash.seed=7`.
@Timeout(3600)
class SimulationTest {
    private static final long STATES = Long.getLong("parley.crash.states", 5_000_000);
    private static final long STATES_UNTIL_FOUND = 20_000_000;
    private static final long SEED = Long.getLong("parley.crash.seed", 1);

    @ParameterizedTest
    @EnumSource
    void everyStateIsRightAndNobodySleepsForEver(SimulatedStructures structure) {
        var simulation = simulation(UnaryOperator.identity());
        simulation.explore(STATES, structure);
        assertTrue(simulation.killed() > STATES / 1000, simulation.killed() + " were killed");
    }

    /// That the search can fail: each of these is found in one structure at least.
    @ParameterizedTest
    @EnumSource
    void aPlantedFaultIsFound(Fault fault) {
        assertTrue(
                Stream.of(SimulatedStructures.values())
                        .anyMatch(structure ->
                                isFound(
                                        simulation(words -> new FaultyWords(words, fault)),
                                        structure)));
    }

    @ParameterizedTest
    @EnumSource
    void aDeathThatIsNotToldIsFound(SimulatedStructures structure) {
        var simulation = simulation(UnaryOperator.identity());
        simulation.tellNoDeaths();
        assertTrue(isFound(simulation, structure));
    }

    private static boolean isFound(Simulation simulation, SimulatedStructures structure) {
        try {
            simulation.explore(STATES_UNTIL_FOUND, structure);
            return false;
        } catch (AssertionError _) {
            return true;
        }
    }

    private static Simulation simulation(UnaryOperator<Words> fault) {
        return new Simulation(SEED, SimulatedStructures.BYTES, fault);
    }
}
