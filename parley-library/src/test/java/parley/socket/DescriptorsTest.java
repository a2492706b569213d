package parley.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parley.kernel.Faults;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.LimitReachedException;
import parley.os.OsException;
import parley.ready.Outcome;
import parley.socket.ControlMessage.Descriptors;

@SuppressWarnings("try") // closing early is part of the tests
class DescriptorsTest extends SocketTest {
    private static final Duration SHORT = Duration.ofMillis(20);

    /// Its second socket is what descriptors lead to.
    private SocketPair<UnixStreamSocket> carried;

    @BeforeEach
    void open() throws IOException {
        carried = UnixStreamSocket.pair();
    }

    @AfterEach
    void close() throws IOException {
        carried.close();
    }

    /// How many open descriptors the sent one has become, itself not counted.
    private static long received(long before) throws IOException {
        return descriptors("socket:") - before;
    }

    private List<ControlMessage> carry(int copies) {
        return List.of(new Descriptors(Collections.nCopies(copies, carried.second().fd())));
    }

    private static int closed(List<Fd> fds) {
        fds.forEach(Fd::close);
        return fds.size();
    }

    private void assertLeadsToCarried(Fd fd) throws IOException {
        try (var socket = UnixStreamSocket.of(fd)) {
            assertEquals("02000002", Flags.of(fd)); // with O_CLOEXEC
            socket.write(bytes("x"));
            assertEquals(1, carried.first().read(room(1)));
        }
    }

    @Test
    void aStreamCarriesDescriptorsWithItsBytes() throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            pair.first().send(bytes("hello"), carry(1));
            assertEquals(5, pair.first().trySend(bytes("world"), carry(2)));
            assertEquals(3, pair.first().send(bytes("end"), List.of(), SHORT));
            var room = room(100);
            try (var message = pair.second().receiveMessage(room)) {
                assertEquals("hello", text(room, message.length())); // a barrier: not "helloworld"
                assertEquals(UnixAddress.UNNAMED, message.sender());
                assertLeadsToCarried(message.takeDescriptors().getFirst());
                assertEquals(List.of(), message.takeDescriptors());
            }
            try (var message = pair.second().receiveMessage(room, SHORT).orElseThrow()) {
                var descriptors = (Descriptors) message.controlMessages().getFirst();
                assertEquals(2, descriptors.fds().size());
            }
            pair.first().close();
            try (var end = pair.second().tryReceiveMessage(room).orElseThrow()) {
                assertEquals(3, end.length()); // without descriptors
            }
            try (var end = pair.second().receiveMessage(room)) {
                assertEquals(Outcome.END, end.length());
            }
        }
    }

    @Test
    void seqpacketAndDatagramCarryThemAlsoWithoutBytes() throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            pair.first().send(bytes(""), carry(1));
            assertTrue(pair.first().trySend(bytes("x"), carry(1)));
            assertTrue(pair.first().send(bytes("y"), carry(1), SHORT));
            for (int length : new int[] {0, 1, 1}) {
                try (var message = pair.second().receiveMessage(room(1))) {
                    assertEquals(length, message.length());
                    assertLeadsToCarried(message.takeDescriptors().getFirst());
                }
            }
            assertTrue(pair.second().tryReceiveMessage(room(1)).isEmpty());
            assertTrue(pair.second().receiveMessage(room(1), SHORT).isEmpty());
        }
        var name = uniqueName();
        try (var receiver = UnixDatagramSocket.bound(name);
                var sender = UnixDatagramSocket.unbound()) {
            sender.send(bytes(""), name, carry(1));
            assertTrue(sender.trySend(bytes(""), name, carry(1)));
            assertTrue(sender.send(bytes(""), name, carry(1), SHORT));
            for (int i = 0; i < 3; i++) {
                try (var message = receiver.receiveMessage(room(1))) {
                    assertEquals(0, message.length());
                    assertLeadsToCarried(message.takeDescriptors().getFirst());
                }
            }
        }
    }

    @Test
    void whatIsNotTakenIsClosed() throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            long before = descriptors("socket:");
            for (int i = 0; i < 4; i++) {
                pair.first().send(bytes("xx"), carry(3));
            }
            try (var _ = pair.second().receiveMessage(room(2))) {
                assertEquals(3, received(before));
            }
            assertEquals(0, received(before));
            assertEquals(2, pair.second().receive(room(2))); // does not ask for descriptors
            assertEquals(0, received(before));
            var e = assertThrows(OsException.class, () -> pair.second().receiveMessage(room(1)));
            assertEquals(Errno.EMSGSIZE, e.errno());
            assertEquals(0, received(before));
        } // the last one was never received
    }

    @Test
    void asManyAsTheKernelAllowsAndNotOneMore() throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            pair.first().send(bytes("x"), carry(253));
            try (var message = pair.second().receiveMessage(room(1))) {
                var fds = message.takeDescriptors();
                assertEquals(253, fds.size());
                fds.forEach(Fd::close);
            }
            var e = assertThrows(IllegalArgumentException.class, () -> carry(254));
            assertTrue(e.getMessage().contains("at most 253 descriptors, not 254"));
            var twoLists = new ArrayList<>(carry(253));
            twoLists.addAll(carry(1));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> pair.first().trySend(bytes("x"), twoLists));
            carried.second().fd().close(); // all entries were exited, or this would not free it
        }
    }

    @Test
    void severalListsArriveAsOne() throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            var twoLists = new ArrayList<>(carry(2));
            twoLists.addAll(carry(1));
            pair.first().send(bytes("x"), twoLists);
            try (var message = pair.second().receiveMessage(room(1))) {
                assertEquals(2, message.controlMessages().size()); // and the time
                assertEquals(3, closed(message.takeDescriptors()));
            }
        }
    }

    @Test
    void aStreamNeedsAByteToCarryThem() throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            assertThrows(
                    IllegalArgumentException.class, () -> pair.first().send(bytes(""), carry(1)));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> pair.first().receiveMessage(room(1).asSlice(0, 0)));
        }
    }

    @Test
    void aClosedDescriptorIsNotSent() throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            var closed = carried.second().fd().duplicate();
            closed.close();
            assertThrows(
                    ClosedChannelException.class,
                    () -> pair.first().send(bytes("x"), List.of(Descriptors.of(closed))));
            assertTrue(pair.second().tryReceiveMessage(room(1)).isEmpty());
        }
    }

    @Test
    void withoutRoomForDescriptorsItIsAnErrorAndNothingIsLeft() throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            pair.first().send(bytes("x"), carry(253));
            long before = descriptors("socket:");
            try (var _ = DescriptorLimit.leaving(100)) {
                var e =
                        assertThrows(
                                LimitReachedException.class,
                                () -> pair.second().receiveMessage(room(1)));
                assertEquals(Errno.EMFILE, e.errno());
            }
            assertEquals(0, received(before));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aStreamSendsMoreThanFitsAndIsInterrupted(boolean isVirtual) throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            var much = room(1 << 20);
            var sender =
                    startWaiting(
                            isVirtual,
                            () -> {
                                pair.first().send(much, carry(1));
                                return 0;
                            });
            try (var message = pair.second().receiveMessage(much)) {
                assertEquals(1, closed(message.takeDescriptors()));
                long left = much.byteSize() - message.length();
                while (left > 0) {
                    left -= pair.second().read(much);
                }
            }
            sender.get();
            assertTrue(pair.first().trySend(much, carry(1)) > 0);
            while (pair.first().trySend(much, List.of()) > 0) {}
            assertEquals(0, pair.first().send(much, carry(1), SHORT));
            var interrupted =
                    startWaiting(
                            isVirtual,
                            () -> {
                                pair.first().send(much, carry(1));
                                return 0;
                            });
            interrupted.thread().interrupt();
            var e = assertInstanceOf(InterruptedIOException.class, interrupted.failure());
            assertEquals(0, e.bytesTransferred);
            var receiving = startWaiting(isVirtual, () -> carried.first().receiveMessage(much));
            receiving.thread().interrupt();
            assertInstanceOf(InterruptedIOException.class, receiving.failure());
        }
    }

    @Test
    void noFailureLeavesADescriptor() throws Exception {
        var name = uniqueName();
        try (var listener = UnixSeqpacketListener.listen(name)) {
            long before = descriptors("socket:");
            for (var function : List.of("socket", "connect", "fcntl", "setsockopt")) {
                try (var fault = Faults.fail(function, 1, Errno.EIO.number())) {
                    var e =
                            assertThrows(
                                    OsException.class, () -> UnixSeqpacketSocket.connect(name));
                    assertEquals(Errno.EIO, e.errno());
                    assertTrue(fault.happened());
                }
                listener.tryAccept().ifPresent(UnixSeqpacketSocket::close);
                assertEquals(0, received(before), function);
            }
            try (var _ = UnixSeqpacketSocket.connect(name)) {
                assertFails("setsockopt", 1, listener::accept);
            }
            assertEquals(0, received(before));
            assertFails("setsockopt", 1, UnixSeqpacketSocket::pair);
            assertFails("setsockopt", 2, UnixSeqpacketSocket::pair);
            assertFails("socketpair", 1, UnixStreamSocket::pair);
            assertFails("getsockname", 1, () -> TcpListener.listenOnLoopback(0));
            assertFails("setsockopt", 1, () -> TcpListener.listenOnLoopback(0));
            assertFails("bind", 1, () -> TcpListener.listenOnLoopback(0));
            assertFails("listen", 1, () -> TcpListener.listenOnLoopback(0));
            assertFails("getsockname", 1, () -> UdpSocket.boundToLoopback(0));
            assertFails("bind", 1, () -> UdpSocket.boundToLoopback(0));
            assertEquals(0, received(before));
        }
    }

    @Test
    void aConnectionThatCannotBeMadeLeavesNoDescriptor() throws Exception {
        try (var listener = TcpListener.listenOnLoopback(0)) {
            var address = listener.localAddress();
            for (var function : List.of("socket", "connect", "fcntl", "getsockopt", "setsockopt")) {
                long before = descriptors("socket:");
                assertFails(function, 1, () -> TcpSocket.connect(address));
                listener.tryAccept().ifPresent(TcpSocket::close);
                assertEquals(0, received(before), function);
            }
            assertFails("connect", 1, () -> UdpSocket.connected(address));
        }
    }

    private static void assertFails(String function, int nth, Executable call) {
        try (var fault = Faults.fail(function, nth, Errno.EIO.number())) {
            var e = assertThrows(OsException.class, call, function);
            assertEquals(Errno.EIO, e.errno(), function);
            assertTrue(fault.happened(), function);
        }
    }

    @Test
    void anErrorOfSendingOrReceivingIsSaid() throws Exception {
        try (var pair = UnixSeqpacketSocket.pair();
                var fault = Faults.fail("sendmsg", 1, Errno.ETOOMANYREFS.number())) {
            var e =
                    assertThrows(
                            LimitReachedException.class,
                            () -> pair.first().send(bytes("x"), carry(1)));
            assertEquals("unix-seq:(unnamed)", e.object());
            assertTrue(fault.happened());
            assertFails("recvmsg", 1, () -> pair.second().receive(room(1)));
            assertFails("recvmsg", 1, () -> pair.second().receiveMessage(room(1)));
            assertFalse(pair.second().tryReceiveMessage(room(1)).isPresent());
        }
    }
}
