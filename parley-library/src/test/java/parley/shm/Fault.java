package parley.shm;

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
    },
    COMPARED_IN_A_STEP_OF_ITS_OWN {
        @Override
        boolean isOneStep() {
            return false;
        }
    },
    NOBODY_IS_WOKEN {
        @Override
        int woken(int count) {
            return 0;
        }
    },
    ONE_IS_WOKEN_FOR_ALL {
        @Override
        int woken(int count) {
            return 1;
        }
    },
    SLEEPS_WITHOUT_COMPARING {
        @Override
        boolean sleepsAnyway() {
            return true;
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

    boolean isOneStep() {
        return true;
    }

    boolean result(boolean isStored) {
        return isStored;
    }

    int woken(int count) {
        return count;
    }

    boolean sleepsAnyway() {
        return false;
    }
}
