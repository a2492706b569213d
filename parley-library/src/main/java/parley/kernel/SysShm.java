package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<sys/shm.h>`: System V shared memory. See shmop(2), shmctl(2).
@Header({"sys/shm.h", "asm-generic/hugetlb_encode.h"})
public final class SysShm {
    public static final int SHM_RDONLY = 010000;
    public static final int SHM_RND = 020000;
    public static final int SHM_REMAP = 040000;
    public static final int SHM_EXEC = 0100000;
    public static final int SHM_HUGETLB = 04000;
    public static final int SHM_NORESERVE = 010000;
    public static final int SHM_LOCK = 11;
    public static final int SHM_UNLOCK = 12;
    public static final int SHM_INFO = 14;
    public static final int SHM_STAT_ANY = 15;
    public static final int SHM_DEST = 01000;
    public static final int SHM_LOCKED = 02000;

    /// Where the logarithm of the size of huge pages stands among the flags of shmget.
    public static final int SHM_HUGE_SHIFT = 26;

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

    /// `struct shminfo`: the limits.
    public static final StructLayout SHMINFO =
            structLayout(
                            JAVA_LONG.withName("shmmax"), // bytes
                            JAVA_LONG.withName("shmmin"),
                            JAVA_LONG.withName("shmmni"),
                            JAVA_LONG.withName("shmseg"),
                            JAVA_LONG.withName("shmall"), // pages
                            paddingLayout(32))
                    .withName("shminfo");

    public static final long SHMMAX = SHMINFO.byteOffset(groupElement("shmmax"));
    public static final long SHMMNI = SHMINFO.byteOffset(groupElement("shmmni"));
    public static final long SHMALL = SHMINFO.byteOffset(groupElement("shmall"));

    /// `struct shm_info`: what is in use.
    public static final StructLayout SHM_INFO_STRUCT =
            structLayout(
                            JAVA_INT.withName("used_ids"),
                            paddingLayout(4),
                            JAVA_LONG.withName("shm_tot"), // pages
                            JAVA_LONG.withName("shm_rss"),
                            JAVA_LONG.withName("shm_swp"),
                            JAVA_LONG.withName("swap_attempts"),
                            JAVA_LONG.withName("swap_successes"))
                    .withName("shm_info");

    public static final long USED_IDS = SHM_INFO_STRUCT.byteOffset(groupElement("used_ids"));
    public static final long SHM_TOT = SHM_INFO_STRUCT.byteOffset(groupElement("shm_tot"));
    public static final long SHM_RSS = SHM_INFO_STRUCT.byteOffset(groupElement("shm_rss"));
    public static final long SHM_SWP = SHM_INFO_STRUCT.byteOffset(groupElement("shm_swp"));

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

    /// `int shmctl(int id, int command, struct shmid_ds *)`: for `IPC_INFO` a `struct shminfo`, for
    /// `SHM_INFO` a `struct shm_info`
    public static int shmctl(int id, int command, MemorySegment status) {
        return SHMCTL.call(id, command, status.address());
    }
}
