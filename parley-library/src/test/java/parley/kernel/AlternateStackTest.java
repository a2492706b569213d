package parley.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// What sigaltstack(2) refuses. Parley's handlers run on the thread's own alternate stack if it has
/// one (`SA_ONSTACK`), and give it none: so the call is bound by this test alone.
final class AlternateStackTest {
    private static final Function SIGALTSTACK = Function.of("sigaltstack");
    private static final int ENOMEM = 12;
    private static final int EINVAL = 22;
    private static final long SS_FLAGS = 8; // of stack_t: ss_sp, ss_flags, ss_size
    private static final long SS_SIZE = 16;
    private static final long STACK_BYTES = 24;
    private static final int SIZE_MIN = 2048; // MINSIGSTKSZ of the kernel, x86-64

    private static int set(int flags, long bytes) {
        try (var arena = Arena.ofConfined()) {
            var stack = arena.allocate(STACK_BYTES, Long.BYTES);
            stack.set(JAVA_LONG, 0, arena.allocate(1 << 16, 16).address());
            stack.set(JAVA_INT, SS_FLAGS, flags);
            stack.set(JAVA_LONG, SS_SIZE, bytes);
            return SIGALTSTACK.call(stack.address(), 0);
        }
    }

    @Test
    @DisplayName("SIG-054 too small a stack is ENOMEM")
    void tooSmallAStack() {
        assertEquals(-ENOMEM, set(0, SIZE_MIN - 1));
    }

    @Test
    @DisplayName("SIG-055 unknown flags are EINVAL")
    void unknownFlags() {
        assertEquals(-EINVAL, set(64, 1 << 16));
    }

    @Test
    void aRefusalLeavesTheStackAsItWas() {
        try (var arena = Arena.ofConfined()) {
            var before = arena.allocate(STACK_BYTES, Long.BYTES);
            var after = arena.allocate(STACK_BYTES, Long.BYTES);
            assertEquals(0, SIGALTSTACK.call(MemorySegment.NULL.address(), before.address()));
            assertTrue(set(64, 1 << 16) < 0);
            assertEquals(0, SIGALTSTACK.call(MemorySegment.NULL.address(), after.address()));
            assertEquals(-1, before.mismatch(after));
        }
    }
}
