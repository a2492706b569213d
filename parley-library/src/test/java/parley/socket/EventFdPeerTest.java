package parley.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.ready.Epoll;
import parley.ready.EventFd;
import parley.ready.Interest;
import parley.ready.TimerFd;
import parley.socket.ControlMessage.Descriptors;

/// Counters and timers shared with another program: Python's `os.read`, `os.write`, `select.epoll`.
class EventFdPeerTest extends SocketTest {
    private static final String RECEIVE =
            """
            import select, struct
            s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            s.bind(name(a[0])); s.listen(); say('listening'); c = s.accept()[0]
            data, fds, flags, _ = socket.recv_fds(c, 100, 10)
            def take(fd): return struct.unpack('Q', os.read(fd, 8))[0]
            def add(fd, n): os.write(fd, struct.pack('Q', n))
            """;

    @ParameterizedTest
    @EnumSource
    @DisplayName("EFD-008 EFD-011 what another process writes wakes and is read")
    void writtenByAnother(ThreadKind kind) throws Exception {
        var address = uniqueName();
        try (var counter = EventFd.create();
                var python =
                        Python.run(RECEIVE + "sys.stdin.readline(); add(fds[0], 42)\n", address)) {
            assertEquals("listening", python.line());
            try (var client = UnixSeqpacketSocket.connect(address)) {
                client.send(bytes("x"), List.of(Descriptors.of(counter.fd())));
                var running = kind.start(counter::take);
                python.tell("go");
                assertEquals(42, running.result());
            }
            assertEquals(0, python.exitCode());
        }
    }

    @Test
    void readByAnotherWhoWaitsAsWithAPlainDescriptor() throws Exception {
        var address = uniqueName();
        var script =
                """
                say(os.get_blocking(fds[0])); say(take(fds[0])); say(take(fds[0]))
                e = select.epoll(); e.register(fds[1], select.EPOLLIN)
                say(e.poll()[0][1]); say(take(fds[1]))
                """;
        try (var semaphore = EventFd.createSemaphore(1);
                var timer = TimerFd.create();
                var python = Python.run(RECEIVE + script, address)) {
            assertEquals("listening", python.line());
            try (var client = UnixSeqpacketSocket.connect(address)) {
                var fds = Descriptors.of(semaphore.fd(), timer.fd());
                client.send(bytes("x"), List.of(fds));
                assertEquals("True", python.line());
                assertEquals("1", python.line());
                assertTrue(semaphore.tryAdd(1));
                assertEquals("1", python.line());
                timer.start(Duration.ofMillis(1));
                assertEquals("1", python.line()); // EPOLLIN
                assertEquals("1", python.line());
            }
        }
    }

    @Test
    void anEventfdOfAnotherIsWatchedHere() throws Exception {
        var address = uniqueName();
        var script =
                """
                s = socket.socket(socket.AF_UNIX); s.connect(name(a[0]))
                fd = os.eventfd(0, os.EFD_SEMAPHORE | os.EFD_CLOEXEC)
                socket.send_fds(s, [b'x'], [fd]); sys.stdin.readline()
                os.eventfd_write(fd, 2); sys.stdin.readline()
                """;
        try (var listener = UnixStreamListener.listen(address);
                var python = Python.run(script, address);
                var server = listener.accept();
                var message = server.receiveMessage(room(10));
                var counter = EventFd.of(message.takeDescriptors().getFirst());
                var epoll = Epoll.<String>create()) {
            epoll.add(counter.fd(), Interest.READ, "Python's");
            var events = epoll.events(1);
            python.tell("go");
            assertEquals(1, epoll.await(events));
            assertEquals("Python's", events.attachment(0));
            assertEquals(1, counter.take());
            assertEquals(1, counter.take());
            assertEquals(EventFd.NOTHING, counter.tryTake());
        }
    }
}
