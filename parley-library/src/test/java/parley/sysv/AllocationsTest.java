package parley.sysv;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
final class AllocationsTest {
    @Test
    void callsThatDoNotWaitAllocateNothing() throws Exception {
        var result = Processes.runJava(List.of(), Allocations.class);
        assertEquals("queue 0\nsemaphore 0\noperations 0", result.output());
    }
}
