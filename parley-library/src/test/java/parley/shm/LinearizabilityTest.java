package parley.shm;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Lincheck runs two threads in many orders of their accesses to memory, always the same ones; what
/// both see must be what they could see one after the other, in the model. More orders:
/// `-Dparley.linear.scenarios=100 -Dparley.linear.orders=1000`.
@Timeout(3600)
class LinearizabilityTest {
    private static final int SCENARIOS = Integer.getInteger("parley.linear.scenarios", 10);
    private static final int ORDERS = Integer.getInteger("parley.linear.orders", 50);
    private static final int SCENARIOS_UNTIL_FOUND = 500;
    private static final int ORDERS_UNTIL_FOUND = 50;

    private static @Nullable Fault planted; // Lincheck makes what it calls, without arguments

    /// @param operations what Lincheck calls, with its model, the same for one thread
    /// @param isShort true for fewer calls in more orders
    /// @param faults those that it is to find
    record Structure(Class<?> operations, boolean isShort, Set<Fault> faults) {
        @Override
        public String toString() {
            return operations.getSimpleName();
        }

        Class<?> model() {
            return operations.getDeclaredClasses()[0];
        }
    }

    static List<Structure> structures() {
        var compared = Fault.COMPARED_IN_A_STEP_OF_ITS_OWN;
        var ofSleep = EnumSet.of(Fault.NOBODY_IS_WOKEN, Fault.SLEEPS_WITHOUT_COMPARING);
        return List.of(
                new Structure(
                        MutexOperations.class,
                        false,
                        EnumSet.range(Fault.DEATH_IS_FORGOTTEN, compared)),
                new Structure(
                        ParticipantOperations.class,
                        false,
                        EnumSet.range(Fault.GENERATION_STAYS, Fault.LIVING_SLOT_LOOKS_DEAD)),
                new Structure(LastPlaceOperations.class, false, EnumSet.of(Fault.GENERATION_STAYS)),
                new Structure(CounterOperations.class, false, EnumSet.of(compared)),
                new Structure(
                        SemaphoreOperations.class, true, EnumSet.of(Fault.LIVING_SLOT_LOOKS_DEAD)),
                new Structure(BarrierOperations.class, false, EnumSet.of(Fault.GENERATION_STAYS)),
                new Structure(WaitingMutexOperations.class, true, ofSleep),
                new Structure(
                        WaitingSemaphoreOperations.class, true, EnumSet.of(Fault.NOBODY_IS_WOKEN)),
                new Structure(ReadWriteLockOperations.class, true, ofSleep));
    }

    static Stream<Arguments> faults() {
        return structures().stream()
                .flatMap(structure -> structure.faults.stream().map(f -> arguments(structure, f)));
    }

    @ParameterizedTest
    @MethodSource("structures")
    void whatIsSeenCanBeSeenOneAfterTheOther(Structure structure) {
        planted = null;
        options(structure, SCENARIOS, ORDERS).check(structure.operations);
    }

    /// That the search can fail: each of these is found.
    @ParameterizedTest
    @MethodSource("faults")
    void aPlantedFaultIsFound(Structure structure, Fault fault) {
        planted = fault;
        var options =
                options(structure, SCENARIOS_UNTIL_FOUND, ORDERS_UNTIL_FOUND)
                        .minimizeFailedScenario(false);
        assertThrows(LincheckAssertionError.class, () -> options.check(structure.operations));
    }

    static Words withFault(Words words) {
        return planted == null ? words : new FaultyWords(words, planted);
    }

    private static ModelCheckingOptions options(Structure structure, int scenarios, int orders) {
        var accesses =
                new String[] {
                    "getInt",
                    "getLong",
                    "setInt",
                    "getAndAddInt",
                    "getAndAddLong",
                    "compareAndSetInt",
                    "compareAndSetLong"
                };
        return new ModelCheckingOptions()
                .threads(HeapParticipants.THREADS)
                .actorsBefore(structure.isShort ? 1 : 8)
                .actorsPerThread(structure.isShort ? 2 : 3)
                .actorsAfter(structure.isShort ? 1 : 6)
                .iterations(structure.isShort ? scenarios / 3 : scenarios)
                .invocationsPerIteration(structure.isShort ? 4 * orders : orders)
                .loopBound(1000) // of no use here, and counted over all that a thread does
                .sequentialSpecification(structure.model())
                .addGuarantee(
                        forClasses(AtomicWords.class.getName()).methods(accesses).treatAsAtomic())
                .addGuarantee(
                        forClasses(HeapParticipants.class.getName())
                                .methods("tag", "structures")
                                .treatAsAtomic());
    }
}
