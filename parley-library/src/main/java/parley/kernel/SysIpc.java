package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.StructLayout;

/// `<sys/ipc.h>`: what System V's three mechanisms share. See sysvipc(7).
@Header("sys/ipc.h")
public final class SysIpc {
    public static final int IPC_CREAT = 01000;
    public static final int IPC_EXCL = 02000;
    public static final int IPC_NOWAIT = 04000;
    public static final int IPC_RMID = 0;
    public static final int IPC_SET = 1;
    public static final int IPC_STAT = 2;
    public static final int IPC_INFO = 3;
    public static final int IPC_PRIVATE = 0;

    /// `struct ipc_perm`. The mode is read as 16 bits: older C libraries have it so, and the upper
    /// half of the newer ones' 32 is zero.
    public static final StructLayout IPC_PERM =
            structLayout(
                            JAVA_INT.withName("__key"),
                            JAVA_INT.withName("uid"),
                            JAVA_INT.withName("gid"),
                            JAVA_INT.withName("cuid"),
                            JAVA_INT.withName("cgid"),
                            JAVA_SHORT.withName("mode"),
                            paddingLayout(2),
                            JAVA_SHORT.withName("__seq"),
                            paddingLayout(22))
                    .withByteAlignment(8)
                    .withName("ipc_perm");

    public static final long KEY = IPC_PERM.byteOffset(groupElement("__key"));
    public static final long UID = IPC_PERM.byteOffset(groupElement("uid"));
    public static final long GID = IPC_PERM.byteOffset(groupElement("gid"));
    public static final long CUID = IPC_PERM.byteOffset(groupElement("cuid"));
    public static final long CGID = IPC_PERM.byteOffset(groupElement("cgid"));
    public static final long MODE = IPC_PERM.byteOffset(groupElement("mode"));
    public static final long SEQ = IPC_PERM.byteOffset(groupElement("__seq"));

    private SysIpc() {}
}
