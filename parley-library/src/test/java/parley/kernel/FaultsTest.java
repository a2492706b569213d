package parley.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FaultsTest {
    private static final Function GETPPID = Function.of("getppid"); // called by nobody else here
    private static final int EIO = 5;
    private static final int ENOMEM = 12;

    private static List<Integer> calls(int count) {
        var results = new ArrayList<Integer>();
        for (int i = 0; i < count; i++) {
            int result = GETPPID.call();
            results.add(Math.min(result, 0)); // 0: it was made
        }
        return results;
    }

    @Test
    void onlyTheNthCallFails() {
        try (var fault = Faults.fail("getppid", 3, EIO)) {
            assertEquals(List.of(0, 0), calls(2));
            assertFalse(fault.happened());
            assertEquals(List.of(-EIO, 0, 0), calls(3));
            assertTrue(fault.happened());
        }
    }

    @Test
    void aFaultEndsWhenClosed() {
        Faults.fail("getppid", 1, EIO).close();
        assertEquals(List.of(0), calls(1));
    }

    @Test
    void otherFunctionsAreNotTouched() {
        try (var fault = Faults.fail("getpgid", 1, EIO)) {
            assertEquals(List.of(0), calls(1));
            assertFalse(fault.happened());
        }
    }

    @Test
    void faultsOfOneFunctionApplyOneAfterTheOther() {
        try (var _ = Faults.fail("getppid", 1, EIO);
                var _ = Faults.fail("getppid", 1, ENOMEM)) {
            assertEquals(List.of(-EIO, -ENOMEM, 0), calls(3));
        }
    }

    @Test
    void anActionRunsInTheCallingThreadBeforeTheNthCallWhichIsMade() {
        var ran = new ArrayList<Thread>();
        try (var fault = Faults.before("getppid", 2, () -> ran.add(Thread.currentThread()))) {
            assertEquals(List.of(0), calls(1));
            assertEquals(List.of(), ran);
            assertEquals(List.of(0), calls(1));
            assertTrue(fault.happened());
        }
        assertEquals(1, ran.size());
        assertSame(Thread.currentThread(), ran.getFirst());
    }

    @Test
    void anActionMayMakeCallsItself() {
        var inside = new ArrayList<Integer>();
        try (var _ = Faults.before("getppid", 1, () -> inside.addAll(calls(1)))) {
            assertEquals(List.of(0), calls(1));
        }
        assertEquals(List.of(0), inside);
    }
}
