package parley.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import parley.contract.ThreadKind;
import parley.kernel.SignalH;
import parley.peer.Command;

@Timeout(120)
final class SignalStreamTest {
    private static final int OWN_PID = (int) ProcessHandle.current().pid();
    private static final Signal QUEUEING = Signal.realTime(3);

    private static void kill(Signal signal) {
        assertEquals(0, SignalH.kill(OWN_PID, signal.number()));
    }

    private static void queue(Signal signal, long value) {
        assertEquals(0, SignalH.sigqueue(OWN_PID, signal.number(), value));
    }

    @ParameterizedTest
    @EnumSource
    void aSignalSaysWhoSentIt(ThreadKind kind) throws Exception {
        try (var stream = SignalStream.open(Signal.USR1)) {
            var running = kind.start(stream::receive);
            running.awaitBlocked();
            Command.output("kill", "-USR1", "" + OWN_PID);
            var sent = assertInstanceOf(SignalInfo.Sent.class, running.result());
            assertEquals(Signal.USR1, sent.signal());
            assertTrue(sent.from().pid() > 0 && sent.from().pid() != OWN_PID);
            assertEquals(0, sent.code());
        }
    }

    @ParameterizedTest
    @EnumSource
    void realTimeSignalsQueueInTheirOrder(ThreadKind kind) throws Exception {
        try (var stream = SignalStream.open(QUEUEING, Signal.realTime(4))) {
            for (int i = 0; i < 3; i++) {
                queue(Signal.realTime(4), 10 + i);
                queue(QUEUEING, i);
            }
            var values = new ArrayList<Long>();
            for (int i = 0; i < 6; i++) {
                var info = kind.start(stream::receive).result();
                values.add(assertInstanceOf(SignalInfo.Queued.class, info).value());
            }
            assertEquals(List.of(0L, 1L, 2L, 10L, 11L, 12L), values);
            assertEquals(Optional.empty(), stream.tryReceive());
            assertEquals(
                    Optional.empty(),
                    kind.start(() -> stream.receive(Duration.ofMillis(10))).result());
        }
    }

    @Test
    void aSignalToThisThreadAloneSaysSo() throws Exception {
        try (var stream = SignalStream.open(QUEUEING)) {
            assertEquals(0, SignalH.tgkill(OWN_PID, SignalH.gettid(), QUEUEING.number()));
            assertTrue(((SignalInfo.Sent) stream.receive()).isToThread());
            kill(QUEUEING);
            assertFalse(((SignalInfo.Sent) stream.receive()).isToThread());
        }
    }

    @Test
    void aStandardSignalIsPendingOnce() throws Exception {
        try (var stream = SignalStream.open(Signal.USR1)) {
            for (int i = 0; i < 3; i++) {
                kill(Signal.USR1);
            }
            assertTrue(stream.tryReceive().isPresent());
            assertTrue(stream.tryReceive().isEmpty());
        }
    }

    @Test
    void closingDropsWhatWaitsAndUndoesAll() throws Exception {
        var before = ThreadSignals.ofProcess("self");
        var stream = SignalStream.open(Signal.USR1, QUEUEING);
        kill(Signal.USR1);
        queue(QUEUEING, 1);
        stream.close();
        stream.close();
        for (var thread : ThreadSignals.ofProcess("self")) {
            var was = before.stream().filter(one -> one.tid() == thread.tid()).findFirst();
            was.ifPresent(then -> assertEquals(then.blocked(), thread.blocked()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"KILL", "STOP", "SEGV", "BUS", "FPE", "ILL", "USR2", "32", "33", "URG"})
    void whatBelongsToOthersIsRefused(String name) {
        var signal = Signal.named(name).orElseThrow();
        var e = assertThrows(SignalRefusedException.class, () -> SignalStream.open(signal));
        System.out.println(e.getMessage());
    }

    @ParameterizedTest
    @EnumSource
    void hotSpotsOwnComeThroughAPipe(ThreadKind kind) throws Exception {
        try (var stream = SignalStream.open(Signal.TERM, Signal.HUP, Signal.USR1)) {
            var running = kind.start(stream::receive);
            running.awaitBlocked();
            kill(Signal.TERM);
            assertEquals(Signal.TERM, running.result().signal());
            kill(Signal.HUP);
            assertEquals(Signal.HUP, kind.start(stream::receive).result().signal());
            kill(Signal.USR1);
            assertEquals(Signal.USR1, kind.start(stream::receive).result().signal());
            assertThrows(IllegalStateException.class, () -> SignalStream.open(Signal.TERM));
        }
        assertTrue(SignalAction.of(Signal.TERM).isHandler());
    }

    @Test
    void aSecondOneThatIsRefusedLeavesTheFirstAsItIs() throws Exception {
        try (var first = SignalStream.open(Signal.HUP)) {
            var own = SignalAction.of(Signal.HUP);
            assertThrows(IllegalStateException.class, () -> SignalStream.open(Signal.HUP));
            assertThrows(IllegalStateException.class, () -> SignalStream.observe(Signal.HUP));
            assertThrows(
                    IllegalStateException.class,
                    () -> SignalAction.replace(Signal.HUP, SignalAction.IGNORE));
            assertEquals(own, SignalAction.of(Signal.HUP));
            assertEquals(0, SignalH.tgkill(OWN_PID, SignalH.gettid(), SignalH.SIGHUP));
            assertEquals(Signal.HUP, first.receive().signal());
        }
        try (var _ = SignalStream.observe(Signal.HUP)) {
            assertThrows(IllegalStateException.class, () -> SignalStream.observe(Signal.HUP));
        }
        try (var _ = SignalAction.replace(Signal.USR1, SignalAction.IGNORE)) {
            assertThrows(IllegalStateException.class, () -> SignalStream.open(Signal.USR1));
            assertThrows(
                    IllegalStateException.class,
                    () -> SignalAction.replace(Signal.USR1, SignalAction.DEFAULT));
        }
        SignalStream.open(Signal.USR1).close();
    }

    @Test
    void allRealTimeSignalsCanBeReceivedAtOnce() throws Exception {
        var all =
                Signal.all().stream()
                        .filter(signal -> signal.isRealTime() && signal.number() != 62)
                        .toList();
        try (var stream = SignalStream.open(SignalSet.of(all));
                var other = SignalStream.open(Signal.USR1)) {
            queue(Signal.of(64), 1);
            assertEquals(Signal.of(64), stream.receive().signal());
            kill(Signal.USR1);
            assertEquals(Signal.USR1, other.receive().signal());
        }
    }

    @Test
    void aThreadsOwnMaskIsNotTheStreams() throws Exception {
        var set = SignalSet.of(QUEUEING);
        var before = SignalMask.get();
        try (var _ = SignalStream.open(Signal.USR1)) {
            assertEquals(before, SignalMask.block(set));
            SignalMask.set(before);
            assertThrows(
                    IllegalStateException.class, () -> SignalMask.block(SignalSet.of(Signal.USR1)));
        }
        assertEquals(before, SignalMask.get());
    }

    @Test
    void aHundredThousandFromACProgramComeInOrder(@TempDir Path directory) throws Exception {
        var source =
                """
                #include <signal.h>
                #include <stdlib.h>
                #include <sched.h>
                int main(int argc, char **argv) {
                    for (int i = 0; i < atoi(argv[3]); i++) {
                        union sigval value = { .sival_int = i };
                        while (sigqueue(atoi(argv[1]), atoi(argv[2]), value) < 0) sched_yield();
                    }
                    return 0;
                }
                """;
        int count = 100_000;
        var program = Command.compile(directory, "sender", source);
        try (var stream = SignalStream.open(QUEUEING)) {
            var words = List.of(program, "" + OWN_PID, "" + QUEUEING.number(), "" + count);
            var sender = new ProcessBuilder(words).inheritIO().start();
            for (int i = 0; i < count; i++) {
                var info = (SignalInfo.Queued) stream.receive();
                assertEquals(i, info.intValue());
                assertEquals(sender.pid(), info.from().pid());
            }
            assertEquals(0, sender.waitFor());
        }
    }
}
