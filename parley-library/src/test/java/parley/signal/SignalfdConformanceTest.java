package parley.signal;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import parley.kernel.Fcntl;
import parley.kernel.SignalH;
import parley.kernel.SysSignalfd;
import parley.kernel.Unistd;
import parley.os.Errno;
import parley.pipe.Pipe;

/// The cases of other people's suites that concern signalfd(2), which [SignalStream] stands on.
final class SignalfdConformanceTest {
    private static final int OWN_PID = (int) ProcessHandle.current().pid();
    private static final int RECORD_BYTES = 128;
    private static final Signal QUEUEING = Signal.realTime(3);
    private static final SignalSet RECEIVED = SignalSet.of(Signal.USR1, QUEUEING);

    private final Arena arena = Arena.ofConfined();
    private SignalMask.BlockedEverywhere blocked;
    private int number;

    @BeforeEach
    void open() throws Exception {
        blocked = SignalMask.blockEverywhere(RECEIVED);
        int flags = SysSignalfd.SFD_CLOEXEC | SysSignalfd.SFD_NONBLOCK;
        number = SysSignalfd.signalfd(-1, RECEIVED.allocate(arena), flags);
        assertTrue(number >= 0);
    }

    @AfterEach
    void close() throws Exception {
        assertEquals(0, Unistd.close(number));
        blocked.close();
        arena.close();
    }

    @Test
    @DisplayName("SFD-001 one record of 128 bytes for a signal")
    void oneRecordForASignal() {
        assertEquals(0, SignalH.kill(OWN_PID, SignalH.SIGUSR1));
        var records = arena.allocate(2 * RECORD_BYTES, Long.BYTES);
        assertEquals(RECORD_BYTES, Unistd.read(number, records));
        assertEquals(SignalH.SIGUSR1, records.get(JAVA_INT, SysSignalfd.SSI_SIGNO));
        assertEquals(OWN_PID, records.get(JAVA_INT, SysSignalfd.SSI_PID));
    }

    @Test
    @DisplayName("SFD-004 a descriptor of another kind is refused")
    void aDescriptorOfAnotherKindIsRefused() throws Exception {
        try (var pipe = Pipe.create()) {
            int other = pipe.source().fd().number();
            int r = SysSignalfd.signalfd(other, RECEIVED.allocate(arena), 0);
            assertEquals(-Errno.EINVAL.number(), r);
        }
    }

    @Test
    @DisplayName("SFD-005 unknown flags are refused")
    void unknownFlagsAreRefused() {
        int r = SysSignalfd.signalfd(-1, RECEIVED.allocate(arena), -1);
        assertEquals(-Errno.EINVAL.number(), r);
    }

    @Test
    @DisplayName("SFD-006 nothing pending is EAGAIN")
    void nothingPendingIsEagain() {
        var message = arena.allocate(RECORD_BYTES, Long.BYTES);
        assertEquals(-Errno.EAGAIN.number(), Unistd.read(number, message));
    }

    @Test
    @DisplayName("SFD-008 one read takes several records, in their order")
    void oneReadTakesSeveral() {
        for (int i = 1; i <= 3; i++) {
            assertEquals(0, SignalH.sigqueue(OWN_PID, QUEUEING.number(), i));
        }
        var records = arena.allocate(3 * RECORD_BYTES, Long.BYTES);
        assertEquals(3 * RECORD_BYTES, Unistd.read(number, records));
        for (int i = 0; i < 3; i++) {
            var one = records.asSlice((long) i * RECORD_BYTES, RECORD_BYTES);
            assertEquals(QUEUEING.number(), one.get(JAVA_INT, SysSignalfd.SSI_SIGNO));
            assertEquals(i + 1, one.get(JAVA_INT, SysSignalfd.SSI_PTR)); // ssi_int's value
        }
    }

    @Test
    @DisplayName("SFD-009 the flags can be seen on the descriptor")
    void theFlagsCanBeSeen() {
        assertEquals(Fcntl.FD_CLOEXEC, Fcntl.fcntl(number, Fcntl.F_GETFD, 0));
        assertNotEquals(0, Fcntl.fcntl(number, Fcntl.F_GETFL, 0) & Fcntl.O_NONBLOCK);
    }
}
