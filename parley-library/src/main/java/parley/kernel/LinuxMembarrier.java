package parley.kernel;

/// `<linux/membarrier.h>`. See membarrier(2).
@Header("linux/membarrier.h")
public final class LinuxMembarrier {
    /// A barrier on all processors that run a thread of a registered process.
    public static final int MEMBARRIER_CMD_GLOBAL_EXPEDITED = 2;

    public static final int MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED = 4;

    private static final Function MEMBARRIER =
            Function.ofSystemCall("membarrier", Abi.HOST.SYS_membarrier());

    private LinuxMembarrier() {}

    /// `int membarrier(int cmd, 0, 0)`
    public static int membarrier(int command) {
        return MEMBARRIER.system(command, 0, 0, 0, 0, 0);
    }
}
