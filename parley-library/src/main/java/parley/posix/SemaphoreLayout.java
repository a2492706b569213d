package parley.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import parley.kernel.Semaphore;
import parley.kernel.SysMman;

/// What this libc's `sem_t` always has in it, found by making some.
///
/// A `sem_t` is opaque, but one of several processes begins with what changes, the value and those
/// who wait, and goes on with what does not. libc trusts both: a wrong word there ends the process.
final class SemaphoreLayout {
    private static final int CHANGING_BYTES = 8;
    private static final int BYTES = (int) Semaphore.SEM_T.byteSize();
    private static final byte[] ZEROS = made((byte) 0);
    private static final byte[] ONES = made((byte) 0xff);

    private SemaphoreLayout() {}

    /// A new semaphore where each byte was this before: those of no meaning still are.
    private static byte[] made(byte before) {
        try (var arena = Arena.ofConfined()) {
            var sem = arena.allocate(Semaphore.SEM_T).fill(before);
            int r = Semaphore.sem_init(sem, 0);
            if (r < 0) {
                throw new AssertionError("sem_init: errno " + -r);
            }
            return sem.toArray(JAVA_BYTE);
        }
    }

    /// True if libc could have made it.
    static boolean isSemaphore(MemorySegment sem) {
        try (var arena = Arena.ofConfined()) {
            var memory = SysMman.memory(sem.address(), BYTES, arena, _ -> {});
            for (int i = CHANGING_BYTES; i < BYTES; i++) {
                boolean hasMeaning = ZEROS[i] == ONES[i];
                if (hasMeaning && memory.get(JAVA_BYTE, i) != ZEROS[i]) {
                    return false;
                }
            }
            var value = arena.allocate(JAVA_INT);
            return Semaphore.sem_getvalue(sem, value) == 0 && value.get(JAVA_INT, 0) >= 0;
        }
    }
}
