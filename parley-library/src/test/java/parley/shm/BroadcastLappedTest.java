package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A publisher who overtakes a subscriber in the middle of what that one does.
class BroadcastLappedTest {
    private static final int CAPACITY = 1024;
    private static final int BYTES = 56;
    private static final int A_LAP = CAPACITY / (BYTES + RingLayout.HEADER_BYTES) + 1;

    private final MemorySegment in = MemorySegment.ofArray(new byte[CAPACITY]);
    private final MemorySegment out = MemorySegment.ofArray(new byte[BYTES]);
    private HeapRingMemory memory;
    private BroadcastLayout layout;
    private int published;

    private BroadcastWriter writer(WhenSlow whenSlow) throws IOException {
        layout = new BroadcastLayout(CAPACITY, 1, whenSlow);
        memory = new HeapRingMemory(layout.bytes());
        return new BroadcastWriter(memory, layout, _ -> true);
    }

    private void publish(BroadcastWriter writer, int times) throws IOException {
        for (int i = 0; i < times; i++) {
            assertTrue(writer.write(out.fill((byte) published++), BYTES));
        }
    }

    /// Has the publisher go around once before an access to memory.
    private void overtakeBefore(BroadcastWriter writer, int access) {
        var count = new int[1];
        memory.beforeEach(() -> {
            if (count[0]++ == access) {
                try {
                    publish(writer, A_LAP);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
        });
    }

    /// Before each access of looking and copying, of which the last but one is that of the end.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
    @DisplayName("CHN-023 what is overwritten while it is read is not handed out")
    void overwrittenWhileRead(int access) throws Exception {
        var writer = writer(WhenSlow.LOSE_OLDEST);
        var reader = new BroadcastReader(memory, layout, 0, false);
        publish(writer, 1);
        overtakeBefore(writer, access);
        assertEquals(BYTES, reader.look());
        reader.copyOut(in, BYTES);
        boolean isIntact = reader.isIntact();
        memory.beforeEach(() -> {});
        assertEquals(1 + A_LAP, published);
        if (!isIntact) {
            assertEquals(BYTES, reader.look());
            reader.copyOut(in, BYTES);
            assertTrue(reader.isIntact());
        }
        assertTrue(reader.lost() > 0);
        for (int at = 0; at < BYTES; at++) {
            assertEquals((byte) reader.number(), in.get(JAVA_BYTE, at));
        }
        assertEquals(reader.lost(), reader.number());
    }

    @Test
    void whoSleptForMoreThanTheLowerHalfOfANumberKnowsWhatHeLost() throws Exception {
        var writer = writer(WhenSlow.LOSE_OLDEST);
        var reader = new BroadcastReader(memory, layout, 0, false);
        publish(writer, 3);
        long many = 5L << Integer.SIZE;
        memory.setLong(BroadcastLayout.SENT, many);
        writer = new BroadcastWriter(memory, layout, _ -> true);
        publish(writer, 3 * A_LAP);
        assertEquals(BYTES, reader.look());
        assertTrue(reader.number() > many && reader.number() < many + 3 * A_LAP);
        assertEquals(reader.number(), reader.lost());
    }

    @Test
    void whoIsWaitedForIsNeverOvertaken() throws Exception {
        var writer = writer(WhenSlow.HOLD_BACK);
        var reader = new BroadcastReader(memory, layout, 0, false);
        publish(writer, 1);
        while (writer.write(out, BYTES)) {}
        assertEquals(BYTES, reader.look());
        reader.take();
        assertFalse(writer.write(out, BYTES));
        reader.release();
        assertTrue(writer.write(out, BYTES));
    }

    @Test
    void whatCannotBeIsRefused() throws Exception {
        var writer = writer(WhenSlow.LOSE_OLDEST);
        publish(writer, 1);
        memory.setLong(BroadcastLayout.OLDEST_BYTES, 4096);
        var damaged = BadRegionException.class;
        assertThrows(damaged, () -> new BroadcastReader(memory, layout, 0, false));
        assertThrows(damaged, () -> new BroadcastWriter(memory, layout, _ -> true));
    }
}
