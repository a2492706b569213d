package parley.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.kernel.Faults;
import parley.kernel.Mqueue;
import parley.kernel.SignalH;
import parley.os.Errno;
import parley.os.OsException;
import parley.posix.MessageNotification.Registered;
import parley.posix.MessageNotification.Way;
import parley.posix.PosixMessageQueue.Access;
import parley.ready.Epoll;
import parley.ready.Interest;
import parley.signal.Signal;
import parley.signal.SignalInfo;
import parley.signal.SignalStream;

/// mq_notify(3), and the cases about it of other people's suites, named by their ids.
@Timeout(120)
final class MessageNotificationTest {
    private static final Signal SIGNAL = Signal.realTime(7);
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir private static Path directory;
    private static CPeer c;

    private final String name = Unique.name("/mq");
    private final LinkedBlockingQueue<String> told = new LinkedBlockingQueue<>();
    private PosixMessageQueue queue;

    @BeforeAll
    static void compile() throws Exception {
        c = CPeer.compiledIn(directory);
    }

    @BeforeEach
    void create() throws IOException {
        queue = PosixMessageQueue.create(name);
    }

    @AfterEach
    void close() throws OsException {
        queue.close();
        PosixMessageQueue.unlink(name);
    }

    private void send(String text) throws Exception {
        queue.send(text.getBytes(UTF_8), 0);
    }

    private String received() throws Exception {
        return new String(queue.receive().content(), UTF_8);
    }

    @Test
    @DisplayName("PMQ-054 a message to the empty queue is a signal with the value, once")
    void bySignal() throws Exception {
        try (var signals = SignalStream.open(SIGNAL);
                var notification = queue.notifyBySignal(SIGNAL, -5_000_000_000L)) {
            int own = (int) ProcessHandle.current().pid();
            var expected = new Registered(own, Way.SIGNAL, Optional.of(SIGNAL));
            assertEquals(Optional.of(expected), queue.registered());
            assertEquals("done", c.output("mq-send", name, "1", "first"));
            var info = assertInstanceOf(SignalInfo.MessageQueue.class, signals.receive());
            assertEquals(SignalH.SI_MESGQ, info.code());
            assertEquals(-5_000_000_000L, info.value());
            assertEquals(0, info.from().uid());
            assertTrue(queue.registered().isEmpty());
            assertEquals("first", received());
            send("unnoticed");
            assertTrue(signals.tryReceive().isEmpty());

            notification.rearm();
            send("the queue is not empty");
            assertTrue(signals.tryReceive().isEmpty());
            received();
            received();
            send("now it was");
            assertEquals(own, signals.receive().sender().orElseThrow().pid());
        }
    }

    @Test
    @DisplayName("PMQ-055 one process is registered, and who that is is said")
    void oneProcessIsRegistered() throws Exception {
        try (var holder = c.start("mq-register", name)) {
            assertEquals("done", holder.line());
            var e = assertThrows(OsException.class, () -> queue.notifyBySignal(SIGNAL, 0));
            assertEquals(Errno.EBUSY, e.errno());
            assertTrue(
                    e.getMessage().contains("process " + holder.pid() + " is, by SIGUSR1")
                            || e.getMessage().contains("process " + holder.pid() + " is, by USR1"),
                    e::getMessage);
            try (var sender = PosixMessageQueue.open(name, Access.SEND)) {
                e = assertThrows(OsException.class, sender::notifyNobody);
                assertEquals(Errno.EBUSY, e.errno());
            } // which does not end the other's registration
            assertEquals((int) holder.pid(), queue.registered().orElseThrow().pid());
        }
        for (var way : Way.values()) {
            try (var _ = register(way)) {
                assertEquals(way, queue.registered().orElseThrow().way());
                assertEquals("" + Errno.EBUSY.number(), c.output("mq-register", name));
                var e = assertThrows(OsException.class, () -> queue.notifyThread(_ -> {}));
                assertTrue(e.getMessage().contains("this process"), e::getMessage);
            }
            assertTrue(queue.registered().isEmpty());
        }
    }

    private MessageNotification register(Way way) throws IOException {
        return switch (way) {
            case SIGNAL -> queue.notifyBySignal(SIGNAL, 1);
            case THREAD -> queue.notifyThread(_ -> told.add("told"));
            case NOTHING -> queue.notifyNobody();
        };
    }

    @Test
    @DisplayName("PMQ-056 what was cancelled tells nobody")
    void cancelled() throws Exception {
        try (var signals = SignalStream.open(SIGNAL)) {
            var notification = queue.notifyBySignal(SIGNAL, 1);
            notification.close();
            notification.close();
            assertTrue(queue.registered().isEmpty());
            send("unnoticed");
            assertTrue(signals.tryReceive().isEmpty());
            assertThrows(ClosedChannelException.class, notification::rearm);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("PMQ-057 who waits in receive gets the message, and nobody is notified")
    void whoWaitsInReceive(ThreadKind kind) throws Exception {
        try (var signals = SignalStream.open(SIGNAL);
                var _ = queue.notifyBySignal(SIGNAL, 1)) {
            var receiver = kind.start(queue::receive);
            receiver.awaitBlocked();
            send("taken");
            assertEquals("taken", new String(receiver.result().content(), UTF_8));
            if (kind == ThreadKind.PLATFORM) { // a virtual one waits for readiness, not in receive
                assertTrue(signals.tryReceive().isEmpty());
                assertTrue(queue.registered().isPresent());
            }
        }
    }

    @Test
    @DisplayName("PMQ-059 ways and signals that are none are refused")
    void noSuchWay() throws Exception {
        assertThrows(IllegalArgumentException.class, () -> Signal.of(65));
        try (var arena = Arena.ofConfined()) {
            var event = arena.allocate(SignalH.SIGEVENT);
            int mqd = queue.fd().number();
            event.set(JAVA_INT, SignalH.SIGEV_NOTIFY, -1);
            assertEquals(-Errno.EINVAL.number(), Mqueue.mq_notify(mqd, event));
            event.set(JAVA_INT, SignalH.SIGEV_NOTIFY, SignalH.SIGEV_SIGNAL);
            event.set(JAVA_INT, SignalH.SIGEV_SIGNO, 65);
            assertEquals(-Errno.EINVAL.number(), Mqueue.mq_notify(mqd, event));
        }
    }

    @Test
    void aThreadIsToldOfEachMessageThatFindsTheQueueEmpty() throws Exception {
        try (var _ =
                queue.notifyThread(notification -> {
                    assertTrue(Thread.currentThread().isVirtual());
                    notification.rearm(); // before the queue is emptied
                    var message = queue.tryReceive();
                    while (message.isPresent()) {
                        told.add(new String(message.get().content(), UTF_8));
                        message = queue.tryReceive();
                    }
                })) {
            for (int i = 0; i < 200; i++) {
                send("message " + i);
                if (i % 3 == 0) {
                    assertEquals("message " + i, told.take());
                } else if (i % 3 == 2) {
                    assertEquals("message " + (i - 1), told.take());
                    assertEquals("message " + i, told.take());
                }
            }
        }
    }

    @Test
    void whatTheActionThrowsIsReportedAndTheNextMessageStillTold() throws Exception {
        var count = new AtomicInteger();
        var before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((_, e) -> told.add(String.valueOf(e)));
        try (var _ =
                queue.notifyThread(notification -> {
                    notification.rearm();
                    queue.receive();
                    throw new IllegalStateException("number " + count.incrementAndGet());
                })) {
            for (int i = 1; i <= 2; i++) {
                send("message");
                assertEquals("java.lang.IllegalStateException: number " + i, told.take());
            }
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @Test
    void aRegistrationGoesWithAnyOpeningOfTheQueue() throws Exception {
        var byThread = queue.notifyThread(_ -> told.add("told"));
        PosixMessageQueue.open(name).close();
        assertTrue(queue.registered().isEmpty());
        send("unnoticed");
        received();
        byThread.close();
        var bySignal = queue.notifyBySignal(SIGNAL, 0);
        queue.close();
        assertThrows(ClosedChannelException.class, bySignal::rearm);
        bySignal.close();
        queue = PosixMessageQueue.open(name);
        assertTrue(queue.registered().isEmpty());
        assertTrue(told.isEmpty());
    }

    @Test
    void closingTheQueueWhileAThreadIsToldLeavesNoRegistration() throws Exception {
        var notification = queue.notifyThread(_ -> told.add("told"));
        send("a message");
        assertEquals("told", told.take());
        queue.close();
        assertThrows(ClosedChannelException.class, notification::rearm);
        notification.close();
    }

    @Test
    void aFailureHalfWayLeavesNoSocket() throws Exception {
        long before = openDescriptors();
        try (var fault = Faults.fail("mq_notify", 1, Errno.ENOMEM.number())) {
            assertThrows(OsException.class, () -> queue.notifyThread(_ -> {}));
            assertTrue(fault.happened());
        }
        assertEquals(before, openDescriptors());
    }

    private static long openDescriptors() throws IOException {
        try (var list = Files.list(Path.of("/proc/self/fd"))) {
            return list.count();
        }
    }

    @Test
    void theDescriptorIsReadyForAnEpollWhenAMessageCame() throws Exception {
        try (var epoll = Epoll.<String>create()) {
            epoll.add(queue.fd(), Interest.READ, Epoll.Mode.LEVEL, "a message");
            var events = epoll.events(4);
            assertEquals(0, epoll.tryAwait(events));
            assertEquals("done", c.output("mq-send", name, "1", "hello"));
            assertEquals(1, epoll.await(events, LONG));
            assertEquals("a message", events.attachment(0));
            received();
            assertEquals(0, epoll.tryAwait(events));
        }
        assertFalse(queue.tryReceive().isPresent());
    }
}
