package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<sys/shm.h>`: System V shared memory. See shmop(2), shmctl(2).
@Header("sys/shm.h")
public final class SysShm {
    public static final int SHM_RDONLY = 010000;
    public static final int SHM_RND = 020000;
    public static final int SHM_REMAP = 040000;
    public static final int SHM_EXEC = 0100000;
    public static final int SHM_LOCK = 11;
    public static final int SHM_UNLOCK = 12;
    public static final int SHM_DEST = 01000;
    public static final int SHM_LOCKED = 02000;

    /// `struct shmid_ds`.
    public static final StructLayout SHMID_DS =
            structLayout(
                            SysIpc.IPC_PERM,
                            JAVA_LONG.withName("shm_segsz"), // bytes
                            JAVA_LONG.withName("shm_atime"), // seconds since 1970
                            JAVA_LONG.withName("shm_dtime"),
                            JAVA_LONG.withName("shm_ctime"),
                            JAVA_INT.withName("shm_cpid"),
                            JAVA_INT.withName("shm_lpid"),
                            JAVA_LONG.withName("shm_nattch"),
                            paddingLayout(16))
                    .withName("shmid_ds");

    public static final long SHM_SEGSZ = SHMID_DS.byteOffset(groupElement("shm_segsz"));
    public static final long SHM_ATIME = SHMID_DS.byteOffset(groupElement("shm_atime"));
    public static final long SHM_DTIME = SHMID_DS.byteOffset(groupElement("shm_dtime"));
    public static final long SHM_CTIME = SHMID_DS.byteOffset(groupElement("shm_ctime"));
    public static final long SHM_CPID = SHMID_DS.byteOffset(groupElement("shm_cpid"));
    public static final long SHM_LPID = SHMID_DS.byteOffset(groupElement("shm_lpid"));
    public static final long SHM_NATTCH = SHMID_DS.byteOffset(groupElement("shm_nattch"));

    private static final Function SHMGET = Function.of("shmget");
    private static final Function SHMAT = Function.of("shmat");
    private static final Function SHMDT = Function.of("shmdt");
    private static final Function SHMCTL = Function.of("shmctl");

    private SysShm() {}

    /// `int shmget(key_t, size_t, int flags)`
    public static int shmget(int key, long bytes, int flags) {
        return SHMGET.call(key, bytes, flags);
    }

    /// `void *shmat(int id, const void *address, int flags)`: an address or `-errno`
    public static long shmat(int id, long address, int flags) {
        return SHMAT.callLong(id, address, flags, 0, 0, 0);
    }

    /// `int shmdt(const void *address)`
    public static int shmdt(long address) {
        return SHMDT.call(address);
    }

    /// `int shmctl(int id, int command, struct shmid_ds *)`
    public static int shmctl(int id, int command, MemorySegment status) {
        return SHMCTL.call(id, command, status.address());
    }
}
