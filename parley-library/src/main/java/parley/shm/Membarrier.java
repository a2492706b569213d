package parley.shm;

import java.lang.invoke.VarHandle;
import parley.kernel.LinuxMembarrier;

/// A memory barrier that one process makes for all: so that only who is about to sleep pays for it,
/// and not each of those who might have to wake him. See membarrier(2).
final class Membarrier {
    /// True if this process takes part in the barriers of others, and can make one; false where
    /// that is forbidden.
    static final boolean IS_AVAILABLE =
            LinuxMembarrier.membarrier(LinuxMembarrier.MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED)
                    >= 0;

    private Membarrier() {}

    /// After this, what any thread of a registered process did before is seen by this thread, or
    /// that thread sees what this one did before.
    static void makeForAll() {
        VarHandle.fullFence();
        if (IS_AVAILABLE) {
            // Fails for no reason once the process is registered.
            int _ = LinuxMembarrier.membarrier(LinuxMembarrier.MEMBARRIER_CMD_GLOBAL_EXPEDITED);
        }
        VarHandle.fullFence();
    }
}
