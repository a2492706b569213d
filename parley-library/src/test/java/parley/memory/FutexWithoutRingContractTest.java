package parley.memory;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/// The same where io_uring is forbidden, as in many sandboxes.
final class FutexWithoutRingContractTest extends FutexContractTest {
    private static final String SWITCH = "parley.capability.IO_URING_FUTEX";

    @BeforeAll
    static void withoutRing() {
        System.setProperty(SWITCH, "false");
    }

    @AfterAll
    static void withRing() {
        System.clearProperty(SWITCH);
    }
}
