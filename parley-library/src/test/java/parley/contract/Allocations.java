package parley.contract;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.function.Executable;

/// What a call that does not wait leaves to the garbage collector: nothing.
public final class Allocations {
    private static final int ROUNDS = 20_000;
    private static final int ATTEMPTS_MAX = 100;

    private Allocations() {}

    /// Runs an action until it allocates nothing. The compiler has to have seen it before it is
    /// free of garbage, and decides itself when that is.
    public static void assertNone(Executable action) throws Throwable {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int attempt = 0; attempt < ATTEMPTS_MAX && least >= ROUNDS; attempt++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < ROUNDS; i++) {
                action.execute();
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        // Less than a byte a round: of the measuring itself.
        assertTrue(least < ROUNDS, least / ROUNDS + " bytes a round");
    }
}
