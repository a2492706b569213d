package parley.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import parley.contract.ThreadKind;
import parley.kernel.Poll;
import parley.kernel.SignalCode;
import parley.kernel.SignalH;
import parley.kernel.Unistd;
import parley.os.Credentials;
import parley.os.Errno;
import parley.peer.Command;
import parley.pipe.Pipe;
import parley.process.Spawn;
import parley.signal.SignalAction.Flag;

/// Cases of other people's suites that concern receiving, each named by its id; where C speaks of a
/// handler, Java's runs on a thread of its own, so that what C defers comes later here too.
@Timeout(60)
final class SignalConformanceTest {
    private static final int OWN_PID = (int) ProcessHandle.current().pid();
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Signal FIRST = Signal.realTime(6);
    private static final Signal SECOND = Signal.realTime(7);

    private static void kill(Signal signal) {
        assertEquals(0, SignalH.kill(OWN_PID, signal.number()));
    }

    private static void queue(Signal signal, long value) {
        assertEquals(0, SignalH.sigqueue(OWN_PID, signal.number(), value));
    }

    private static void killThread(Signal signal) {
        assertEquals(0, SignalH.tgkill(OWN_PID, SignalH.gettid(), signal.number()));
    }

    /// A signal of [BlockedThread], whose handler does nothing and has no SA_RESTART.
    private static void installEmptyHandler() throws Exception {
        try (var pipe = Pipe.create();
                var arena = Arena.ofShared()) {
            var buffer = arena.allocate(1);
            var running = ThreadKind.PLATFORM.start(() -> pipe.source().read(buffer));
            running.awaitBlocked();
            running.interrupt();
            assertThrows(Exception.class, running::result);
        }
    }

    @Test
    @DisplayName("SIG-001 a handler runs once")
    void aHandlerRunsOnce() throws Exception {
        var handled = new LinkedBlockingQueue<SignalInfo>();
        try (var _ = SignalHandler.install(SignalSet.of(Signal.USR1), handled::add)) {
            kill(Signal.USR1);
            assertEquals(Signal.USR1, handled.take().signal());
        }
        assertTrue(handled.isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"STOP", "KILL"})
    @DisplayName("SIG-018 the uncatchable is refused")
    void theUncatchableIsRefused(String name) {
        var signal = Signal.named(name).orElseThrow();
        assertThrows(SignalRefusedException.class, () -> SignalStream.open(signal));
        assertThrows(
                SignalRefusedException.class,
                () -> SignalAction.replace(signal, SignalAction.IGNORE));
        assertThrows(SignalRefusedException.class, () -> SignalMask.block(SignalSet.of(signal)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 65})
    @DisplayName("SIG-019 there is no such number")
    void thereIsNoSuchNumber(int number) {
        assertThrows(IllegalArgumentException.class, () -> Signal.of(number));
        assertEquals(-Errno.EINVAL.number(), SignalH.kill(OWN_PID, number == 0 ? 65 : number));
    }

    @Test
    @DisplayName("SIG-020 an ignored signal does nothing")
    void anIgnoredSignalDoesNothing() throws Exception {
        try (var replaced = SignalAction.replace(Signal.USR1, SignalAction.IGNORE)) {
            assertEquals(SignalAction.DEFAULT, replaced.previous());
            kill(Signal.USR1);
            assertEquals(SignalAction.IGNORE, SignalAction.of(Signal.USR1));
        }
        assertEquals(SignalAction.DEFAULT, SignalAction.of(Signal.USR1));
    }

    @Test
    @DisplayName("SIG-022 a handler for once is gone afterwards")
    void aHandlerForOnceIsGoneAfterwards() throws Exception {
        var code = Handlers.of(SignalCode::record);
        code.setInt(SignalCode.DESCRIPTOR, -1); // so that it counts
        var flags = EnumSet.of(Flag.SIGINFO, Flag.RESTART, Flag.ON_STACK, Flag.RESET_HANDLER);
        new SignalAction(code.address(), SignalSet.EMPTY, flags).install(FIRST);
        assertTrue(SignalAction.of(FIRST).flags().containsAll(flags));
        killThread(FIRST);
        assertEquals(1, code.get(SignalCode.DROPPED));
        assertEquals(SignalAction.DEFAULT.handler(), SignalAction.of(FIRST).handler());
        SignalAction.DEFAULT.install(FIRST);
    }

    @Test
    @DisplayName("SIG-023 SIG-025 what comes during a handler comes after it")
    void whatComesDuringAHandlerComesAfterIt() throws Exception {
        var order = new LinkedBlockingQueue<String>();
        var isRunning = new AtomicBoolean();
        var set = SignalSet.of(FIRST, SECOND);
        try (var _ =
                SignalHandler.install(
                        set,
                        info -> {
                            assertTrue(isRunning.compareAndSet(false, true));
                            long value = ((SignalInfo.Queued) info).value();
                            if (value == 1) {
                                queue(FIRST, 2); // the same, and another
                                queue(SECOND, 3);
                            }
                            order.add("" + value);
                            isRunning.set(false);
                        })) {
            queue(FIRST, 1);
            assertEquals(List.of("1", "2", "3"), List.of(order.take(), order.take(), order.take()));
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("SIG-026 a queued signal says all that siginfo has")
    void aQueuedSignalSaysAllThatSiginfoHas(ThreadKind kind) throws Exception {
        try (var stream = SignalStream.open(FIRST)) {
            queue(FIRST, 42);
            var from = new SignalInfo.Sender(OWN_PID, Credentials.own().uid());
            assertEquals(
                    new SignalInfo.Queued(FIRST, SignalH.SI_QUEUE, from, 42),
                    kind.start(stream::receive).result());
            queue(FIRST, Long.MIN_VALUE + 7); // all 64 bits
            var info = (SignalInfo.Queued) kind.start(stream::receive).result();
            assertEquals(Long.MIN_VALUE + 7, info.value());
            assertEquals(7, info.intValue());
        }
    }

    @Test
    @DisplayName("SIG-028 SIG-053 a handler without restart ends a system call")
    void aHandlerWithoutRestartEndsASystemCall() throws Exception {
        installEmptyHandler();
        try (var pipe = Pipe.create();
                var arena = Arena.ofShared()) {
            var buffer = arena.allocate(1);
            int number = pipe.source().fd().number();
            for (var isPause : List.of(false, true)) {
                var tid = new CompletableFuture<Integer>();
                var running =
                        ThreadKind.PLATFORM.start(() -> {
                            tid.complete(SignalH.gettid());
                            return isPause
                                    ? Poll.ppoll(MemorySegment.NULL, 0, MemorySegment.NULL)
                                    : Unistd.read(number, buffer);
                        });
                running.awaitBlocked();
                assertEquals(0, SignalH.tgkill(OWN_PID, tid.get(), SignalH.SIGURG));
                assertEquals(-Errno.EINTR.number(), running.result().longValue());
            }
        }
    }

    @Test
    @DisplayName("SIG-031 a blocked signal is pending until it is taken")
    void aBlockedSignalIsPendingUntilItIsTaken() throws Exception {
        var set = SignalSet.of(FIRST);
        var before = SignalMask.block(set);
        try {
            assertFalse(SignalMask.pending().contains(FIRST));
            killThread(FIRST);
            assertTrue(SignalMask.pending().contains(FIRST));
            assertInstanceOf(SignalInfo.Sent.class, SignalMask.await(set));
            assertFalse(SignalMask.pending().contains(FIRST));
        } finally {
            SignalMask.set(before);
        }
    }

    @Test
    @DisplayName("SIG-034 looking at the mask changes nothing")
    void lookingAtTheMaskChangesNothing() throws Exception {
        var before = SignalMask.get();
        assertEquals(before, SignalMask.get());
        var set = SignalSet.of(FIRST, SECOND);
        assertEquals(before, SignalMask.block(set));
        assertEquals(before.with(set), SignalMask.get());
        assertEquals(before.with(set), SignalMask.unblock(SignalSet.of(SECOND)));
        SignalMask.set(before);
        assertEquals(before, SignalMask.get());
    }

    @Test
    @DisplayName("SIG-035 exactly what was raised is pending")
    void exactlyWhatWasRaisedIsPending() throws Exception {
        var set = SignalSet.of(Signal.USR1, FIRST, SECOND);
        var before = SignalMask.block(set);
        try {
            killThread(Signal.USR1);
            killThread(SECOND);
            var raised = SignalSet.of(Signal.USR1, SECOND);
            assertEquals(raised, SignalMask.pending().and(set));
            assertEquals(Signal.USR1, SignalMask.await(set).signal());
            assertEquals(SECOND, SignalMask.await(set).signal());
        } finally {
            SignalMask.set(before);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("SIG-037 SIG-038 real time signals come by number and then in their order")
    void realTimeSignalsComeByNumberAndThenInTheirOrder(ThreadKind kind) throws Exception {
        try (var stream = SignalStream.open(FIRST, SECOND)) {
            for (int i = 0; i < 3; i++) {
                queue(SECOND, i);
            }
            for (int i = 0; i < 3; i++) {
                queue(FIRST, i);
            }
            for (var signal : List.of(FIRST, SECOND)) {
                for (int i = 0; i < 3; i++) {
                    var info = (SignalInfo.Queued) kind.start(stream::receive).result();
                    assertEquals(signal, info.signal());
                    assertEquals(i, info.intValue());
                }
            }
            assertEquals(Optional.empty(), stream.tryReceive());
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("SIG-046 SIG-047 a wait takes what comes or is there")
    void aWaitTakesWhatComesOrIsThere(ThreadKind kind) throws Exception {
        try (var stream = SignalStream.open(FIRST)) {
            var running = kind.start(stream::receive);
            running.awaitBlocked();
            queue(FIRST, 1);
            assertEquals(FIRST, running.result().signal());
            queue(FIRST, 2);
            assertEquals(FIRST, kind.start(stream::receive).result().signal());
            assertEquals(Optional.empty(), stream.tryReceive());
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("SIG-048 another signal does not end a wait")
    void anotherSignalDoesNotEndAWait(ThreadKind kind) throws Exception {
        var handled = new LinkedBlockingQueue<SignalInfo>();
        try (var stream = SignalStream.open(FIRST);
                var _ = SignalHandler.install(SignalSet.of(SECOND), handled::add)) {
            var running = kind.start(stream::receive);
            running.awaitBlocked();
            kill(SECOND);
            assertEquals(SECOND, handled.take().signal());
            assertFalse(running.isDone()); // C's sigwaitinfo would say EINTR
            kill(FIRST);
            assertEquals(FIRST, running.result().signal());
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("SIG-050 a timed wait takes its time")
    void aTimedWaitTakesItsTime(ThreadKind kind) throws Exception {
        try (var stream = SignalStream.open(FIRST)) {
            long start = System.nanoTime();
            assertEquals(Optional.empty(), kind.start(() -> stream.receive(SHORT)).result());
            assertTrue(System.nanoTime() - start >= SHORT.toNanos());
        }
        var before = SignalMask.block(SignalSet.of(FIRST));
        assertEquals(Optional.empty(), SignalMask.await(SignalSet.of(FIRST), SHORT));
        SignalMask.set(before);
    }

    @Test
    void whatIsBlockedEverywhereWaitsForTheProcess() throws Exception {
        var set = SignalSet.of(Signal.USR1, FIRST);
        try (var _ = SignalMask.blockEverywhere(set)) {
            kill(Signal.USR1);
            queue(FIRST, 3);
            assertTrue(ThreadKind.PLATFORM.start(SignalMask::get).result().containsAll(set));
            assertTrue(SignalMask.pending().containsAll(set));
            assertEquals(Signal.USR1, SignalMask.await(SignalSet.of(Signal.USR1)).signal());
        }
        assertFalse(SignalMask.get().contains(FIRST)); // and nothing was delivered
        assertThrows(
                SignalRefusedException.class,
                () -> SignalMask.blockEverywhere(SignalSet.of(Signal.TERM)));
    }

    @Test
    void aMaskIsNotForVirtualThreadsNorForWhatIsOthers() throws Exception {
        var virtual = ThreadKind.VIRTUAL.start(SignalMask::get);
        assertThrows(IllegalStateException.class, virtual::result);
        assertThrows(
                SignalRefusedException.class, () -> SignalMask.block(SignalSet.of(Signal.SEGV)));
        assertThrows(
                IllegalStateException.class, () -> SignalMask.await(SignalSet.of(FIRST), SHORT));
        try (var _ = SignalStream.open(FIRST)) {
            assertThrows(
                    IllegalStateException.class, () -> SignalMask.unblock(SignalSet.of(FIRST)));
        }
    }

    @Test
    void aChildStartsWithNothingBlocked() throws Exception {
        try (var _ = SignalStream.open(Signal.USR1, FIRST)) {
            var words = List.of("grep", "SigBlk", "/proc/self/status");
            assertTrue(Command.output(words).endsWith("0000000000000000"));
            var spawned = Spawn.command(words).run();
            assertTrue(spawned.outputText().strip().endsWith("0000000000000000"));
        }
    }

    @Test
    void aHandlerThatThrowsHandlesTheNextOne() throws Exception {
        var handled = new LinkedBlockingQueue<Long>();
        var thrown = new LinkedBlockingQueue<Throwable>();
        var before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((_, e) -> thrown.add(e));
        try (var _ =
                SignalHandler.install(
                        SignalSet.of(FIRST),
                        info -> {
                            long value = ((SignalInfo.Queued) info).value();
                            handled.add(value);
                            Thread.currentThread().interrupt(); // which is the action's own matter
                            if (value == 1) {
                                throw new IllegalStateException("on purpose");
                            }
                        })) {
            queue(FIRST, 1);
            queue(FIRST, 2);
            assertEquals(1, handled.take());
            assertEquals(2, handled.take());
            assertEquals("on purpose", thrown.take().getMessage());
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @Test
    void signalsAreFoundByAllTheirNames() {
        for (var name : List.of("USR1", "SIGUSR1", "sigusr1", "10")) {
            assertEquals(Optional.of(Signal.USR1), Signal.named(name));
        }
        assertEquals(Optional.of(Signal.IO), Signal.named("SIGPOLL"));
        assertEquals(Optional.of(Signal.realTime(3)), Signal.named("rtmin+3"));
        assertEquals(Optional.of(Signal.of(64)), Signal.named("RTMAX"));
        assertEquals(Optional.of(Signal.of(62)), Signal.named("SIGRTMAX-2"));
        assertEquals(Optional.empty(), Signal.named("NOSUCH"));
        assertEquals(Optional.empty(), Signal.named("0"));
        assertEquals("SIGRTMIN+3", Signal.realTime(3).toString());
        assertEquals(SignalH.SIGNALS, Signal.all().size());
        assertThrows(IllegalArgumentException.class, () -> Signal.realTime(31));
    }

    /// bash has names of its own for all of them.
    @Test
    void bashAgreesOnNamesAndNumbers() throws Exception {
        for (var signal : Signal.all()) {
            boolean isLibcs = signal.name().equals("" + signal.number());
            if (!isLibcs) {
                var name = Command.output("bash", "-c", "kill -l " + signal.number());
                assertEquals(signal.name(), name);
            }
        }
    }
}
