package parley.sysv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class MessageSelectorTest {
    @Test
    void selectorsAreValues() {
        assertEquals(MessageSelector.exactly(7), MessageSelector.exactly(7));
        assertEquals(MessageSelector.lowestUpTo(7), MessageSelector.lowestUpTo(7));
        assertEquals(MessageSelector.exactly(7).hashCode(), MessageSelector.exactly(7).hashCode());
        assertNotEquals(MessageSelector.exactly(7), MessageSelector.lowestUpTo(7));
        assertNotEquals(MessageSelector.ANY, MessageSelector.exactly(1));
        assertNotEquals(MessageSelector.exactly(7), MessageSelector.anyExcept(7));
        assertNotEquals(MessageSelector.ANY, MessageSelector.ANY.cutOff());
        assertEquals(MessageSelector.anyExcept(7).cutOff(), MessageSelector.anyExcept(7).cutOff());
    }

    @Test
    void selectorsSayWhatTheySelect() {
        assertEquals("any type", MessageSelector.ANY.toString());
        assertEquals("type 7", MessageSelector.exactly(7).toString());
        assertEquals("lowest type up to 7", MessageSelector.lowestUpTo(7).toString());
        assertEquals("any type except 7", MessageSelector.anyExcept(7).toString());
        assertEquals("type 7, cut off", MessageSelector.exactly(7).cutOff().toString());
        assertEquals("copy of number 0", MessageSelector.copyOf(0).toString());
    }

    @Test
    void aTypeIsAtLeastOne() {
        assertThrows(IllegalArgumentException.class, () -> MessageSelector.exactly(0));
        assertThrows(IllegalArgumentException.class, () -> MessageSelector.lowestUpTo(-1));
        assertThrows(IllegalArgumentException.class, () -> MessageSelector.anyExcept(0));
    }
}
