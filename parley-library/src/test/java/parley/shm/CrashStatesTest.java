package parley.shm;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.ready.Deadline;

/// Killed anywhere, a process leaves the lock and the table of participants in a state that the
/// others go on from. More states: `-Dparley.crash.states=100000000 -Dparley.crash.seed=7`.
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
    @EnumSource
    void aPlantedFaultIsFound(Fault fault) {
        var states = new MutexStates(SEED, words -> new FaultyWords(words, fault));
        assertThrows(AssertionError.class, () -> states.explore(STATES_UNTIL_FOUND));
    }

    /// A mistake in one of the steps.
    enum Fault {
        DEATH_IS_FORGOTTEN {
            @Override
            int stored(int value) {
                return value & ~MutexWord.INCONSISTENT;
            }
        },
        LOSS_IS_FORGOTTEN {
            @Override
            int stored(int value) {
                return value == MutexWord.LOST ? 0 : value;
            }
        },
        UNLOCK_STORES_NOTHING {
            @Override
            int stored(int value) {
                return value == 0 ? MutexWord.WAITERS | 1 : value;
            }
        },
        OWNER_IS_NOT_STORED {
            @Override
            int stored(int value) {
                return value & ~0xff;
            }
        },
        SLOT_WITHOUT_GENERATION {
            @Override
            int stored(int value) {
                return value & (0xff | MutexWord.WAITERS | MutexWord.INCONSISTENT);
            }
        },
        STORED_WITHOUT_COMPARING {
            @Override
            boolean isCompared() {
                return false;
            }
        },
        FAILURE_IS_SUCCESS {
            @Override
            boolean result(boolean isStored) {
                return true;
            }
        },
        GENERATION_STAYS {
            @Override
            long stored(long value) {
                return value & 0xffff_ffffL;
            }
        },
        DEAD_SLOT_LOOKS_ALIVE {
            @Override
            long seen(long owner) {
                return (int) owner == 0xc000_0000 ? owner ^ 0x4000_0001L : owner;
            }
        },
        LIVING_SLOT_LOOKS_DEAD {
            @Override
            long seen(long owner) {
                return (owner & 3) == 3 ? owner & ~0xfL : owner;
            }
        };

        int stored(int value) {
            return value;
        }

        long stored(long value) {
            return value;
        }

        long seen(long owner) {
            return owner;
        }

        boolean isCompared() {
            return true;
        }

        boolean result(boolean isStored) {
            return isStored;
        }
    }

    /// Words that make it.
    private static final class FaultyWords extends Words {
        private final Words words;
        private final Fault fault;

        FaultyWords(Words words, Fault fault) {
            this.words = words;
            this.fault = fault;
        }

        @Override
        int getInt(long offset) {
            return words.getInt(offset);
        }

        @Override
        long getLong(long offset) {
            return fault.seen(words.getLong(offset));
        }

        @Override
        void setInt(long offset, int value) {
            words.setInt(offset, value);
        }

        @Override
        int getAndAddInt(long offset, int delta) {
            return words.getAndAddInt(offset, delta);
        }

        @Override
        boolean compareAndSetInt(long offset, int expected, int value) {
            if (!fault.isCompared()) {
                words.setInt(offset, value);
                return true;
            }
            return fault.result(words.compareAndSetInt(offset, expected, fault.stored(value)));
        }

        @Override
        boolean compareAndSetLong(long offset, long expected, long value) {
            return words.compareAndSetLong(offset, expected, fault.stored(value));
        }

        @Override
        void await(long offset, int expected, Deadline deadline) {
            throw new UnsupportedOperationException();
        }

        @Override
        void wake(long offset, int count) {
            words.wake(offset, count);
        }
    }
}
