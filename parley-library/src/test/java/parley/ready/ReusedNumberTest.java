package parley.ready;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.pipe.Pipe;

/// A descriptor is closed while calls wait on it, and its number is wanted by others at once. A
/// call that went on with the number would take the others' bytes; a close that came twice would
/// close the others' descriptor.
@Timeout(120)
final class ReusedNumberTest {
    private static final int ROUNDS = 1_000;
    private static final int READERS = 3;
    private static final int OTHERS = 2;
    private static final byte OTHERS_BYTE = 42;

    private final AtomicBoolean isOver = new AtomicBoolean();

    @ParameterizedTest
    @EnumSource
    void nobodyReadsWhatIsAnothers(ThreadKind kind) throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        var random = new SplittableRandom(seed);
        var others = new ArrayList<ThreadKind.Running<Long>>();
        for (int i = 0; i < OTHERS; i++) {
            others.add(ThreadKind.alternating(i).start(this::useNumbers));
        }
        for (int round = 0; round < ROUNDS; round++) {
            closeUnderReaders(kind, random.nextInt(2_000));
        }
        isOver.set(true);
        for (var other : others) {
            assertTrue(other.result() > 0);
        }
    }

    private static void closeUnderReaders(ThreadKind kind, int spins) throws Exception {
        try (var pipe = Pipe.create()) {
            var readers = new ArrayList<ThreadKind.Running<Integer>>();
            for (int i = 0; i < READERS; i++) {
                var into = Arena.ofAuto().allocate(1);
                readers.add(kind.start(() -> pipe.source().read(into)));
            }
            for (int i = 0; i < spins; i++) {
                Thread.onSpinWait();
            }
            pipe.source().close();
            for (var reader : readers) {
                assertThrows(ClosedChannelException.class, reader::result);
            }
        }
    }

    /// Opens pipes all the time, which get the numbers that are free, and has them stay as they
    /// are.
    private long useNumbers() throws Exception {
        long rounds = 0;
        try (var arena = Arena.ofConfined()) {
            var memory = arena.allocate(1);
            while (!isOver.get()) {
                try (var pipe = Pipe.create()) {
                    memory.set(ValueLayout.JAVA_BYTE, 0, OTHERS_BYTE);
                    assertEquals(1, pipe.sink().tryWrite(memory));
                    memory.set(ValueLayout.JAVA_BYTE, 0, (byte) 0);
                    assertEquals(1, pipe.source().tryRead(memory));
                    assertEquals(OTHERS_BYTE, memory.get(ValueLayout.JAVA_BYTE, 0));
                }
                rounds++;
            }
        }
        return rounds;
    }
}
