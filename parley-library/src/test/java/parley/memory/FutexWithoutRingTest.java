package parley.memory;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/// The same where io_uring is forbidden.
final class FutexWithoutRingTest extends FutexTest {
    FutexWithoutRingTest() throws Exception {}

    @Override
    int crowd() {
        return 500; // a platform thread each
    }

    @BeforeAll
    static void withoutRing() {
        FutexWithoutRingContractTest.withoutRing();
    }

    @AfterAll
    static void withRing() {
        FutexWithoutRingContractTest.withRing();
    }
}
