package parley.ready;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import parley.kernel.SysEpoll;

class InterestTest {
    private static final List<Interest> CONDITIONS =
            List.of(
                    Interest.READ,
                    Interest.WRITE,
                    Interest.URGENT,
                    Interest.PEER_FINISHED,
                    Interest.ERROR,
                    Interest.HANG_UP,
                    Interest.INVALID);

    @Test
    void conditionsAreTheKernelsBits() {
        assertEquals(SysEpoll.EPOLLIN, Interest.READ.events());
        assertEquals(SysEpoll.EPOLLOUT, Interest.WRITE.events());
        assertEquals(SysEpoll.EPOLLPRI, Interest.URGENT.events());
        assertEquals(SysEpoll.EPOLLRDHUP, Interest.PEER_FINISHED.events());
        assertEquals(SysEpoll.EPOLLERR, Interest.ERROR.events());
        assertEquals(SysEpoll.EPOLLHUP, Interest.HANG_UP.events());
        assertEquals(parley.kernel.Poll.POLLNVAL, Interest.INVALID.events());
    }

    @Test
    void thereIsOneInstancePerCombination() {
        for (var first : CONDITIONS) {
            for (var second : CONDITIONS) {
                var both = first.and(second);
                assertSame(both, second.and(first));
                assertSame(both, Interest.of(first.events() | second.events()));
                assertTrue(both.contains(first) && both.contains(second));
                assertTrue(both.containsAnyOf(first));
                assertFalse(both.without(first).contains(first));
                assertSame(both, both.without(first).and(first));
            }
            assertSame(Interest.NONE, first.without(first));
        }
    }

    @Test
    void bitsOfNoConditionAreDropped() {
        assertSame(Interest.READ, Interest.of(SysEpoll.EPOLLIN | 0x40 | 0x400));
        assertTrue(Interest.of(0).isEmpty());
        assertFalse(Interest.READ.isEmpty());
    }

    @Test
    void itsTextNamesTheConditions() {
        assertEquals("NONE", Interest.NONE.toString());
        assertEquals("READ+HANG_UP", Interest.HANG_UP.and(Interest.READ).toString());
        var all = CONDITIONS.stream().reduce(Interest.NONE, Interest::and);
        assertEquals("READ+WRITE+URGENT+PEER_FINISHED+ERROR+HANG_UP+INVALID", all.toString());
    }

    @Test
    void whatIsOnlyReportedCannotBeAskedFor() {
        assertThrows(IllegalArgumentException.class, Interest.INVALID::requireRequestable);
        assertSame(Interest.ERROR, Interest.ERROR.requireRequestable());
    }
}
