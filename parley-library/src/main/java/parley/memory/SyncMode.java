package parley.memory;

import parley.kernel.SysMman;

/// How stored bytes go to the file behind a mapping. See msync(2).
public enum SyncMode {
    /// They are on the disk when the call returns. (`MS_SYNC`)
    WAIT(SysMman.MS_SYNC),
    /// They go there in a while; Linux sees to that without being asked. (`MS_ASYNC`)
    START(SysMman.MS_ASYNC),
    /// As [#WAIT], and refused while pages are locked: `EBUSY`. (`MS_SYNC | MS_INVALIDATE`)
    INVALIDATE(SysMman.MS_SYNC | SysMman.MS_INVALIDATE);

    private final int flags;

    SyncMode(int flags) {
        this.flags = flags;
    }

    int flags() {
        return flags;
    }
}
