package parley.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.AsynchronousCloseException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.memory.Futex;
import parley.memory.Mapping;
import parley.os.OsException;

/// What all memory that processes share must do.
@Timeout(120)
public abstract class SharedMemoryContract {
    private static final long BYTES = 3 * 4096 + 100;

    /// One process's view of the memory.
    public interface View {
        MemorySegment segment();

        Futex futex(long offset);

        void close() throws Exception;

        /// A mapping as a view.
        static View of(Mapping mapping) {
            return new View() {
                @Override
                public MemorySegment segment() {
                    return mapping.segment();
                }

                @Override
                public Futex futex(long offset) {
                    return mapping.futex(offset);
                }

                @Override
                public void close() {
                    mapping.close();
                }
            };
        }
    }

    /// One object.
    public interface Memory {
        /// A view on what [#create] made; more than one may be open.
        View open() throws Exception;

        /// A view that only reads.
        View openReadOnly() throws Exception;

        /// Takes it away, whatever state it is in.
        void dispose() throws Exception;
    }

    private final List<Memory> made = new ArrayList<>();

    /// Makes an object of `bytes`.
    protected abstract Memory create(long bytes) throws Exception;

    private Memory make() throws Exception {
        var memory = create(BYTES);
        made.add(memory);
        return memory;
    }

    @AfterEach
    void disposeAll() throws Exception {
        for (var memory : made) {
            memory.dispose();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aWordCanBeWaitedForInOneViewAndWokenInAnother(ThreadKind kind) throws Exception {
        var memory = make();
        var ours = memory.openReadOnly();
        var theirs = memory.open().futex(4096);
        var running = kind.start(() -> ours.futex(4096).await(0));
        running.awaitBlocked();
        theirs.set(1);
        theirs.wakeAll();
        assertTrue(running.result() != Futex.End.TIMED_OUT);

        var second = kind.start(() -> ours.futex(4096).await(1));
        second.awaitBlocked();
        ours.close();
        assertThrows(AsynchronousCloseException.class, second::result);
        assertEquals(0, theirs.wakeAll());
    }

    @Test
    void newMemoryIsAsLargeAsWantedAndZero() throws Exception {
        var view = make().open();
        assertTrue(view.segment().byteSize() >= BYTES);
        assertEquals(
                -1,
                view.segment()
                        .mismatch(
                                MemorySegment.ofArray(new byte[(int) view.segment().byteSize()])));
        view.close();
    }

    @Test
    void whatOneViewStoresTheOtherSees() throws Exception {
        var memory = make();
        var one = memory.open();
        var other = memory.open();
        one.segment().set(ValueLayout.JAVA_LONG, 4096, 42);
        assertEquals(42, other.segment().get(ValueLayout.JAVA_LONG, 4096));
        one.close();
        assertEquals(42, other.segment().get(ValueLayout.JAVA_LONG, 4096));
        other.close();
    }

    @Test
    void aReadOnlyViewSeesAndRefusesToStore() throws Exception {
        var memory = make();
        var writer = memory.open();
        var reader = memory.openReadOnly();
        writer.segment().set(ValueLayout.JAVA_INT, 0, 7);
        assertEquals(7, reader.segment().get(ValueLayout.JAVA_INT, 0));
        assertTrue(reader.segment().isReadOnly());
        assertFalse(writer.segment().isReadOnly());
        assertThrows(
                IllegalArgumentException.class,
                () -> reader.segment().set(ValueLayout.JAVA_INT, 0, 8));
        writer.close();
        reader.close();
    }

    @Test
    void closedMemoryIsRefusedAndNotACrash() throws Exception {
        var view = make().open();
        var segment = view.segment();
        view.close();
        assertThrows(IllegalStateException.class, () -> segment.get(ValueLayout.JAVA_INT, 0));
    }

    @Test
    void closingAgainDoesNothing() throws Exception {
        var view = make().open();
        view.close();
        view.close();
    }

    @Test
    void anAccessBeyondTheEndIsRefusedAndNotACrash() throws Exception {
        var view = make().open();
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> view.segment().get(ValueLayout.JAVA_BYTE, view.segment().byteSize()));
        view.close();
    }

    @Test
    void moreThanThereIsIsRefusedWhenMade() {
        long tooMuch = 1L << 50;
        assertThrows(OsException.class, () -> made.add(create(tooMuch)));
    }

    @Test
    void sizesThatAreNoneAreTheCallersMistake() {
        assertThrows(IllegalArgumentException.class, () -> made.add(create(0)));
        assertThrows(IllegalArgumentException.class, () -> made.add(create(-1)));
    }
}
