package parley.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.peer.Command;
import parley.peer.Peer;
import parley.pipe.Pipe;

/// A service's side against Python as its manager, the manager's against systemd-notify, and
/// sockets passed by systemd-socket-activate.
@Timeout(60)
@SuppressWarnings("try") // closing early is part of the tests
class ServiceManagerTest extends SocketTest {
    private static final Duration LONG = Duration.ofSeconds(50);
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final int PID = Credentials.own().pid();

    /// Says each message, what was written into descriptors with it, and whether we sent it. Keeps
    /// descriptors until the next message.
    private static final String MANAGER =
            """
            import struct
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(name(a[0]))
            s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1); say('listening')
            kept = []
            while True:
                data, more, _, _ = s.recvmsg(4096, 4096)
                for fd in kept: os.close(fd)
                kept = array.array('i')
                for level, type, value in more:
                    if type == socket.SCM_RIGHTS: kept.frombytes(value)
                    else: pid = struct.unpack('iII', value)[0]
                words = data.decode().splitlines()
                say(pid, *words, *(['with %d' % len(kept)] if kept else []))
                if words == ['BARRIER=1']:
                    if sys.stdin.readline() == 'close\\n':
                        for fd in kept: os.close(fd)
                        kept = []
            """;

    private static ServiceManager manager(UnixAddress address) {
        return ServiceManager.of(Map.of("NOTIFY_SOCKET", address.toString()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatItIsToldArrives(boolean isAbstract) throws Exception {
        var address = isAbstract ? uniqueName() : path("notify");
        try (var python = Python.run(MANAGER, address)) {
            assertEquals("listening", python.line());
            var manager = manager(address);
            assertTrue(manager.send(Notification.READY, Notification.status("serving — all")));
            assertEquals(PID + " READY=1 STATUS=serving — all", python.line());
            manager.send(Notification.STOPPING, Notification.errno(Errno.ENOENT));
            assertEquals(PID + " STOPPING=1 ERRNO=2", python.line());
            manager.send(Notification.WATCHDOG);
            manager.send(Notification.WATCHDOG_TRIGGER, Notification.mainPid(42));
            assertEquals(PID + " WATCHDOG=1", python.line());
            assertEquals(PID + " WATCHDOG=trigger MAINPID=42", python.line());
            manager.send(
                    Notification.extendTimeout(Duration.ofSeconds(2)),
                    Notification.watchdogInterval(Duration.ofMillis(3)),
                    Notification.of("X_OWN", "a=b"));
            assertEquals(
                    PID + " EXTEND_TIMEOUT_USEC=2000000 WATCHDOG_USEC=3000 X_OWN=a=b",
                    python.line());
        }
    }

    @Test
    void reloadingComesWithTheTimeOfTheKernelsClock() throws Exception {
        try (var receiver = UnixDatagramSocket.bound(uniqueName())) {
            var clock = "import time; print(time.monotonic_ns() // 1000)";
            long before = Long.parseLong(Command.output("python3", "-c", clock));
            manager(receiver.localAddress()).send(Notification.reloading());
            long after = Long.parseLong(Command.output("python3", "-c", clock));
            var lines = message(receiver).split("\n", -1);
            assertEquals("RELOADING=1", lines[0]);
            long time = Long.parseLong(lines[1].replace("MONOTONIC_USEC=", ""));
            assertTrue(before <= time && time <= after, before + " " + time + " " + after);
        }
    }

    private static String message(UnixDatagramSocket receiver) throws Exception {
        var into = room(ServiceManager.MESSAGE_BYTES_MAX);
        return text(into, receiver.receive(into));
    }

    @Test
    void descriptorsAreStoredAndRemovedUnderAName() throws Exception {
        var address = uniqueName();
        try (var python = Python.run(MANAGER, address);
                var pipe = Pipe.create()) {
            assertEquals("listening", python.line());
            var manager = manager(address);
            assertTrue(manager.store("the cache", pipe.source().fd(), pipe.sink().fd()));
            assertEquals(PID + " FDSTORE=1 FDNAME=the cache with 2", python.line());
            assertTrue(manager.remove("the cache"));
            assertEquals(PID + " FDSTOREREMOVE=1 FDNAME=the cache", python.line());
            assertTrue(pipe.sink().isOpen());
            for (var name : List.of("", "a:b", "a\nb", "ü", "x".repeat(256))) {
                assertThrows(IllegalArgumentException.class, () -> manager.remove(name), name);
            }
            var longest = "x".repeat(255);
            assertTrue(manager.remove(longest));
            assertEquals(PID + " FDSTOREREMOVE=1 FDNAME=" + longest, python.line());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBarrierWaitsUntilTheManagerHasCaughtUp(boolean isVirtual) throws Exception {
        var address = uniqueName();
        try (var python = Python.run(MANAGER, address)) {
            assertEquals("listening", python.line());
            var manager = manager(address);
            assertFalse(manager.awaitBarrier(SHORT));
            python.tell("keep");
            var waiting = startWaiting(isVirtual, () -> manager.awaitBarrier(LONG));
            python.tell("close");
            assertTrue(waiting.get());
            assertEquals(PID + " BARRIER=1 with 1", python.line());
            assertEquals(PID + " BARRIER=1 with 1", python.line());
            var interrupted = startWaiting(isVirtual, () -> manager.awaitBarrier(LONG));
            interrupted.thread().interrupt();
            assertEquals(InterruptedException.class, interrupted.failure().getClass());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBarrierGivesUpOnAManagerThatReadsNothing(boolean isVirtual) throws Exception {
        var address = uniqueName();
        try (var silent = UnixDatagramSocket.bound(address);
                var filling = UnixDatagramSocket.connected(address);
                var arena = Arena.ofConfined()) {
            while (filling.trySend(arena.allocate(1))) {}
            var waiting = startWaiting(isVirtual, () -> manager(address).awaitBarrier(SHORT));
            assertFalse(waiting.get());
            assertTrue(silent.isOpen());
        }
    }

    @Test
    void systemdNotifyIsHeardWithItsSender() throws Exception {
        Command.require("systemd-notify");
        try (var receiver = UnixDatagramSocket.bound(path("notify"))) {
            receiver.set(SocketOption.PASS_CREDENTIALS, true);
            try (var systemd =
                    Peer.start(
                            List.of(
                                    "env",
                                    "NOTIFY_SOCKET=" + receiver.localAddress(),
                                    "systemd-notify",
                                    "--ready",
                                    "--status=all is well"))) {
                var into = room(ServiceManager.MESSAGE_BYTES_MAX);
                try (var message = receiver.receiveMessage(into)) {
                    var lines = text(into, message.length()).lines().toList();
                    assertTrue(lines.contains("READY=1"), lines.toString());
                    assertTrue(lines.contains("STATUS=all is well"), lines.toString());
                    long sender = message.senderCredentials().orElseThrow().pid();
                    // As root it speaks for the process that started it.
                    assertTrue(sender == systemd.pid() || sender == PID, "" + sender);
                }
                try (var barrier = receiver.receiveMessage(into)) {
                    assertEquals("BARRIER=1", text(into, barrier.length()).strip());
                    var fds = barrier.takeDescriptors();
                    assertEquals(1, fds.size());
                    fds.forEach(Fd::close); // it waits for this
                }
                assertEquals(0, systemd.exitCode());
            }
        }
    }

    @Test
    void withoutAManagerNothingIsAnErrorAndNothingIsThere() throws Exception {
        var nobody = ServiceManager.of(Map.of());
        assertEquals(Optional.empty(), nobody.address());
        assertFalse(nobody.send(Notification.READY));
        assertFalse(nobody.store("name"));
        assertFalse(nobody.remove("name"));
        assertTrue(nobody.awaitBarrier(LONG));
        assertEquals(Optional.empty(), nobody.watchdogInterval());
        assertEquals(List.of(), nobody.takeDescriptors());
        assertFalse(ServiceManager.of(Map.of("NOTIFY_SOCKET", "")).send(Notification.READY));
        assertFalse(ServiceManager.current().send(Notification.READY));
    }

    @Test
    void aManagerThatIsGoneOrElsewhereIsSaid() {
        assertThrows(NotFoundException.class, () -> manager(path("gone")).send(Notification.READY));
        var vsock = ServiceManager.of(Map.of("NOTIFY_SOCKET", "vsock:2:1234"));
        var e = assertThrows(OsException.class, () -> vsock.send(Notification.READY));
        assertEquals(Errno.EAFNOSUPPORT, e.errno());
        assertTrue(e.getMessage().contains("vsock:2:1234"), e.getMessage());
        assertTrue(e.getMessage().contains("has to be a Unix socket"), e.getMessage());
    }

    @Test
    void whatTheProtocolCannotCarryIsRefused() throws Exception {
        for (var value : List.of("two\nlines", "a\0zero")) {
            assertThrows(IllegalArgumentException.class, () -> Notification.status(value));
        }
        for (var name : List.of("", "lower", "1X", "A=B", "A\n")) {
            assertThrows(IllegalArgumentException.class, () -> Notification.of(name, "x"));
        }
        try (var receiver = UnixDatagramSocket.bound(uniqueName())) {
            var manager = manager(receiver.localAddress());
            int most = ServiceManager.MESSAGE_BYTES_MAX - "STATUS=\n".length();
            manager.send(Notification.status("x".repeat(most)));
            assertEquals(ServiceManager.MESSAGE_BYTES_MAX, message(receiver).length());
            var tooLong = Notification.status("x".repeat(most + 1));
            var e = assertThrows(IllegalArgumentException.class, () -> manager.send(tooLong));
            assertTrue(e.getMessage().contains("4096 bytes, not 4097"), e.getMessage());
        }
    }

    @Test
    void theWatchdogsIntervalIsForOneProcess() {
        assertEquals(Optional.of(Duration.ofMillis(1500)), interval("1500000", "" + PID));
        assertEquals(Optional.empty(), interval("1500000", "" + (PID + 1)));
        var everybody = ServiceManager.of(Map.of("WATCHDOG_USEC", "1"));
        assertEquals(Optional.of(Duration.ofNanos(1000)), everybody.watchdogInterval());
        for (var wrong : List.of("", "0", "-1", "1s", "18446744073709551615")) {
            var e = assertThrows(IllegalArgumentException.class, () -> interval(wrong, "" + PID));
            assertTrue(e.getMessage().startsWith("WATCHDOG_USEC has to be"), e.getMessage());
        }
    }

    private static Optional<Duration> interval(String micros, String pid) {
        return ServiceManager.of(Map.of("WATCHDOG_USEC", micros, "WATCHDOG_PID", pid))
                .watchdogInterval();
    }

    @Test
    void socketsOfSystemdSocketActivateAreTakenOnce() throws Exception {
        Command.require("systemd-socket-activate");
        var before =
                List.of(
                        "systemd-socket-activate",
                        "--seqpacket",
                        "--fdname=first:second",
                        "--listen=" + directory.resolve("first"),
                        "--listen=" + directory.resolve("second"));
        try (var service = Peer.start(Command.java(before, PassedSockets.class))) {
            for (int i = 0; i < 2; i++) {
                var line = service.line();
                assertTrue(line.startsWith("Listening on"), line);
            }
            try (var client = UnixSeqpacketSocket.connect(path("first"))) {
                assertTrue(service.line().startsWith("Communication attempt"));
                assertTrue(service.line().startsWith("Execing"));
                var withCloexec = "UnixSeqpacketListener 02000002";
                assertEquals("first " + withCloexec, service.line());
                assertEquals("second " + withCloexec, service.line());
                assertEquals("[]", service.line());
                client.send(bytes("answer"));
                var into = room(10);
                assertEquals("answer", text(into, client.receive(into)));
            }
            assertEquals(0, service.exitCode());
        }
    }

    @Test
    void descriptorsOfOthersAndWrongVariablesAreNotTaken() throws Exception {
        assertEquals(List.of(), passed(Map.of("LISTEN_FDS", "1")));
        assertEquals(List.of(), passed(listen("" + (PID + 1), "1", "a")));
        var e = refused(listen("" + PID, "2", "a"));
        assertTrue(e.getMessage().contains("LISTEN_FDNAMES has to be 2 names"), e.getMessage());
        refused(listen("" + PID, "x", "a"));
        refused(listen("x", "1", "a"));
        refused(listen("" + PID, "0", ""));
    }

    private static Map<String, String> listen(String pid, String count, String names) {
        return Map.of("LISTEN_PID", pid, "LISTEN_FDS", count, "LISTEN_FDNAMES", names);
    }

    private static List<PassedDescriptor> passed(Map<String, String> environment)
            throws IOException {
        return ServiceManager.of(environment).takeDescriptors();
    }

    private static IllegalArgumentException refused(Map<String, String> environment) {
        return assertThrows(IllegalArgumentException.class, () -> passed(environment));
    }
}
