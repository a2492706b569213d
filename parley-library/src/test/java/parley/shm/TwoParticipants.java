package parley.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;

/// A region and two who take part in it, as two processes do; and what holds for all that waits.
@Timeout(60)
abstract class TwoParticipants {
    static final Duration SHORT = Duration.ofMillis(20);

    private static final long LAYOUT = 1;

    SharedRegion mine;
    SharedRegion theirs;

    @RegisterExtension static final LookAgain NO_WAKE_IS_LOST = LookAgain.never();

    @BeforeEach
    void open() throws IOException {
        mine = SharedRegion.createAnonymous(LAYOUT, 65_536);
        theirs = SharedRegion.of(mine.fd().duplicate(), LAYOUT);
    }

    @AfterEach
    void close() {
        mine.close();
        theirs.close();
    }

    /// Waits in `theirs`, for as long as nobody of `mine` does anything.
    abstract ThreadKind.Action<?> waiting() throws Exception;

    @ParameterizedTest
    @EnumSource
    void anInterruptEndsTheWait(ThreadKind kind) throws Exception {
        var waiting = kind.start(waiting());
        waiting.awaitBlocked();
        waiting.interrupt();
        assertThrows(InterruptedException.class, waiting::result);
    }

    @ParameterizedTest
    @EnumSource
    void closingTheRegionEndsTheWait(ThreadKind kind) throws Exception {
        var waiting = kind.start(waiting());
        waiting.awaitBlocked();
        theirs.close();
        assertThrows(ClosedChannelException.class, waiting::result);
    }

    /// It ends, or goes on, as the structure has it; the region is whole.
    @ParameterizedTest
    @EnumSource
    void anotherParticipantComesAndGoes(ThreadKind kind) throws Exception {
        var waiting = kind.start(waiting());
        waiting.awaitBlocked();
        var others = SharedRegion.of(mine.fd().duplicate(), LAYOUT);
        others.close();
        assertEquals(2, mine.participants().size());
        waiting.awaitBlocked();
        waiting.interrupt();
        assertThrows(InterruptedException.class, waiting::result);
    }
}
