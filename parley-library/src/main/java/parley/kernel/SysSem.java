package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<sys/sem.h>`: System V semaphore sets. See semop(2), semctl(2).
@Header("sys/sem.h")
public final class SysSem {
    public static final int SEM_UNDO = 0x1000;
    public static final int GETPID = 11;
    public static final int GETVAL = 12;
    public static final int GETALL = 13;
    public static final int GETNCNT = 14;
    public static final int GETZCNT = 15;
    public static final int SETVAL = 16;
    public static final int SETALL = 17;
    public static final int SEM_INFO = 19;
    public static final int SEM_STAT_ANY = 20;

    public static final StructLayout SEMBUF =
            structLayout(
                            JAVA_SHORT.withName("sem_num"),
                            JAVA_SHORT.withName("sem_op"),
                            JAVA_SHORT.withName("sem_flg"))
                    .withName("sembuf");

    public static final long SEM_NUM = SEMBUF.byteOffset(groupElement("sem_num"));
    public static final long SEM_OP = SEMBUF.byteOffset(groupElement("sem_op"));
    public static final long SEM_FLG = SEMBUF.byteOffset(groupElement("sem_flg"));

    /// `struct semid_ds`, of this platform.
    public static final StructLayout SEMID_DS = Abi.HOST.semid_ds();

    public static final long SEM_OTIME = SEMID_DS.byteOffset(groupElement("sem_otime"));
    public static final long SEM_CTIME = SEMID_DS.byteOffset(groupElement("sem_ctime"));
    public static final long SEM_NSEMS = SEMID_DS.byteOffset(groupElement("sem_nsems"));

    /// `struct seminfo`: with `SEM_INFO`, usz and aem are what is in use.
    public static final StructLayout SEMINFO =
            structLayout(
                            JAVA_INT.withName("semmap"),
                            JAVA_INT.withName("semmni"),
                            JAVA_INT.withName("semmns"),
                            JAVA_INT.withName("semmnu"),
                            JAVA_INT.withName("semmsl"),
                            JAVA_INT.withName("semopm"),
                            JAVA_INT.withName("semume"),
                            JAVA_INT.withName("semusz"), // sets
                            JAVA_INT.withName("semvmx"),
                            JAVA_INT.withName("semaem")) // semaphores in all sets
                    .withName("seminfo");

    public static final long SEMMNI = SEMINFO.byteOffset(groupElement("semmni"));
    public static final long SEMMNS = SEMINFO.byteOffset(groupElement("semmns"));
    public static final long SEMMSL = SEMINFO.byteOffset(groupElement("semmsl"));
    public static final long SEMOPM = SEMINFO.byteOffset(groupElement("semopm"));
    public static final long SEMUSZ = SEMINFO.byteOffset(groupElement("semusz"));
    public static final long SEMAEM = SEMINFO.byteOffset(groupElement("semaem"));

    private static final Function SEMGET = Function.of("semget");
    private static final Function SEMOP = Function.of("semop");
    private static final Function SEMTIMEDOP = Function.of("semtimedop");
    private static final Function SEMCTL = Function.of("semctl");

    /// The system call itself: glibc before 2.33 does not pass it the pointer of `SEM_STAT_ANY`.
    private static final Function SEMCTL_POINTER =
            Function.ofSystemCall("semctl", Abi.HOST.SYS_semctl());

    private SysSem() {}

    /// `int semget(key_t, int count, int flags)`
    public static int semget(int key, int count, int flags) {
        return SEMGET.call(key, count, flags);
    }

    /// `int semop(int id, struct sembuf *operations, size_t count)`
    public static int semop(int id, MemorySegment operations, long count) {
        return SEMOP.pass(id, operations, count, 0, 0);
    }

    /// `int semtimedop(int id, struct sembuf *, size_t count, const struct timespec *)`: the
    /// timeout is relative
    public static int semtimedop(
            int id, MemorySegment operations, long count, MemorySegment timeout) {
        return SEMTIMEDOP.pass(id, operations, count, timeout.address(), 0);
    }

    /// `int semctl(int id, int index, int command, union semun)` with a number
    public static int semctl(int id, int index, int command, int value) {
        return SEMCTL.call(id, index, command, value);
    }

    /// `int semctl(int id, int index, int command, union semun)` with a pointer
    public static int semctl(int id, int index, int command, MemorySegment argument) {
        return SEMCTL_POINTER.system(id, index, command, argument.address(), 0, 0);
    }
}
