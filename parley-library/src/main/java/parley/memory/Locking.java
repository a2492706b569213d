package parley.memory;

import parley.kernel.SysMman;

/// When pages that are to stay in memory come there. See mlock2(2).
public enum Locking implements MapOption {
    /// All of them now.
    NOW(0),
    /// Each at its first access.
    ON_FAULT(SysMman.MLOCK_ONFAULT);

    private final int flags;

    Locking(int flags) {
        this.flags = flags;
    }

    int flags() {
        return flags;
    }
}
