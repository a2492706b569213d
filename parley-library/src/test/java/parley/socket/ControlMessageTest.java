package parley.socket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.kernel.Fcntl;
import parley.kernel.SysSocket;
import parley.kernel.Unistd;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.NotPermittedException;
import parley.os.OsException;
import parley.peer.Command;
import parley.peer.OtherUser;
import parley.peer.Peer;
import parley.process.PidFd;
import parley.socket.ControlMessage.Descriptors;
import parley.socket.ControlMessage.SenderCredentials;

/// What goes with messages besides their bytes, among it cases of other people's suites, each named
/// by its id.
@Timeout(60)
@SuppressWarnings("try") // closing early is part of the tests
final class ControlMessageTest extends SocketTest {
    /// Sends a message with the credentials of process 1 and user 0, and says the error's number.
    private static final String CLAIM =
            """
            #include <errno.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/socket.h>
            #include <sys/un.h>
            int main(int argc, char **argv) {
                struct sockaddr_un to = { .sun_family = AF_UNIX };
                strcpy(to.sun_path + 1, argv[1] + 1);
                struct iovec byte = { .iov_base = "x", .iov_len = 1 };
                union { char room[CMSG_SPACE(sizeof(struct ucred))]; struct cmsghdr head; } control;
                control.head.cmsg_len = CMSG_LEN(sizeof(struct ucred));
                control.head.cmsg_level = SOL_SOCKET;
                control.head.cmsg_type = SCM_CREDENTIALS;
                *(struct ucred *) CMSG_DATA(&control.head) = (struct ucred) { .pid = 1 };
                struct msghdr message = {
                    .msg_name = &to,
                    .msg_namelen = sizeof to.sun_family + strlen(argv[1]),
                    .msg_iov = &byte, .msg_iovlen = 1,
                    .msg_control = &control, .msg_controllen = sizeof control,
                };
                int r = sendmsg(socket(AF_UNIX, SOCK_DGRAM, 0), &message, 0);
                printf("%d\\n", r < 0 ? errno : 0);
            }
            """;

    private static void assertSent(ReceivedMessage message, long pid) {
        assertEquals(pid, message.senderCredentials().orElseThrow().pid());
    }

    @Test
    @DisplayName("UNIX-053 who connected is known")
    void whoConnectedIsKnown() throws Exception {
        var address = uniqueName();
        try (var listener = UnixStreamListener.listen(address);
                var python =
                        Python.run(
                                """
                                s = socket.socket(socket.AF_UNIX)
                                s.connect(name(a[0]))
                                sys.stdin.read()
                                """,
                                address);
                var socket = listener.accept()) {
            var peer = socket.peer();
            assertEquals(python.pid(), peer.pid());
            assertEquals(Credentials.own().uid(), peer.uid());
            assertEquals(Credentials.own().gid(), peer.gid());
            assertEquals(Credentials.ownGroups(), peer.groups());
            try (var process = socket.peerProcess()) {
                assertEquals(python.pid(), process.pid());
                python.endInput();
                assertEquals(0, python.exitCode());
                assertTrue(process.awaitExit(Duration.ofSeconds(30)));
            }
            assertEquals(python.pid(), socket.peer().pid());
        }
    }

    @Test
    @DisplayName("UNIX-055 UNIX-056 who sent a message is known, and held")
    void whoSentAMessageIsKnown() throws Exception {
        try (var receiver = UnixDatagramSocket.bound(uniqueName())) {
            receiver.set(SocketOption.PASS_CREDENTIALS, true);
            receiver.set(SocketOption.PASS_PROCESS, true);
            receiver.set(SocketOption.TIMESTAMPS, true);
            var before = Instant.now();
            try (var python =
                    Python.run(
                            """
                            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                            s.sendto(b'x', name(a[0]))
                            sys.stdin.read()
                            """,
                            receiver.localAddress())) {
                Optional<PidFd> taken;
                try (var message = receiver.receiveMessage(room(1))) {
                    assertSent(message, python.pid());
                    assertFalse(message.timestamp().orElseThrow().isBefore(before));
                    taken = message.takeSenderProcess();
                    assertEquals(Optional.empty(), message.takeSenderProcess());
                }
                try (var process = taken.orElseThrow()) {
                    assertEquals(python.pid(), process.pid());
                }
            }
        }
    }

    @Test
    void whatIsNotTakenIsClosed() throws Exception {
        try (var pair = UnixSeqpacketSocket.pair()) {
            pair.second().set(SocketOption.PASS_PROCESS, true);
            long before = descriptors("anon_inode:[pidfd]");
            pair.first().send(bytes("x"));
            try (var message = pair.second().receiveMessage(room(1))) {
                assertEquals(before + 1, descriptors("anon_inode:[pidfd]"));
                assertTrue(message.toString().contains("SenderProcess"), message.toString());
            }
            assertEquals(before, descriptors("anon_inode:[pidfd]"));
            pair.first().send(bytes("long"));
            assertThrows(OsException.class, () -> pair.second().receiveMessage(room(1)));
            assertEquals(before, descriptors("anon_inode:[pidfd]"));
        }
    }

    @Test
    @DisplayName("UNIX-057 a user cannot claim to be another")
    void aUserCannotClaimToBeAnother() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root can become another user");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        var program = Command.compile(directory, "claim", CLAIM);
        try (var receiver = UnixDatagramSocket.bound(uniqueName())) {
            receiver.set(SocketOption.PASS_CREDENTIALS, true);
            var words = new ArrayList<>(OtherUser.NOBODY);
            words.addAll(List.of(program, receiver.localAddress().toString()));
            try (var claiming = Peer.start(words)) {
                assertEquals("" + Errno.EPERM.number(), claiming.line());
            }
            assertTrue(receiver.tryReceiveMessage(room(1)).isEmpty());
        }
    }

    @Test
    void rootCanClaimToBeAnotherAndOthersAreTold() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "others cannot");
        try (var pair = UnixDatagramSocket.pair()) {
            pair.second().set(SocketOption.PASS_CREDENTIALS, true);
            var claimed = new Credentials((int) ProcessHandle.current().pid(), 65534, 65534);
            pair.first().send(bytes("x"), List.of(new SenderCredentials(claimed)));
            try (var message = pair.second().receiveMessage(room(1))) {
                assertEquals(claimed, message.senderCredentials().orElseThrow());
            }
            var nobody = new Credentials(Integer.MAX_VALUE, 0, 0);
            var e =
                    assertThrows(
                            OsException.class,
                            () ->
                                    pair.first()
                                            .trySend(
                                                    bytes("x"),
                                                    pairName(pair),
                                                    List.of(new SenderCredentials(nobody))));
            assertEquals(Errno.ESRCH, e.errno());
            var timestamp = new ControlMessage.Timestamp(Instant.EPOCH);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> pair.first().send(bytes("x"), List.of(timestamp)));
        }
    }

    /// A name for the verbs that need one.
    private static UnixAddress pairName(SocketPair<UnixDatagramSocket> pair) throws Exception {
        try (var arena = Arena.ofConfined()) {
            var family = arena.allocateFrom(JAVA_SHORT, (short) 1);
            assertEquals(0, SysSocket.bind(pair.second().fd().number(), family));
        }
        return Sockets.localUnixAddress(pair.second().fd(), "");
    }

    @Test
    @DisplayName("UNIX-061 more than 253 descriptors are refused by the kernel too")
    void moreThan253DescriptorsAreRefused() throws Exception {
        var script =
                """
                one, other = socket.socketpair(socket.AF_UNIX)
                try: socket.send_fds(one, [b'x'], [0] * 254)
                except OSError as e: say(e.errno)
                """;
        try (var python = Python.run(script)) {
            assertEquals("" + Errno.EINVAL.number(), python.line());
        }
        var fds = List.<Fd>of();
        assertEquals(0, new Descriptors(fds).fds().size());
    }

    @Test
    @DisplayName("UNIX-063 UNIX-066 a file goes on where it was, and is not inherited")
    void aFileGoesOnWhereItWas() throws Exception {
        var file = Files.writeString(directory.resolve("file"), "0123456789");
        try (var pair = UnixStreamSocket.pair();
                var arena = Arena.ofConfined()) {
            int number = Fcntl.open(arena.allocateFrom(file.toString()), Fcntl.O_CLOEXEC, 0);
            var two = arena.allocate(2);
            try (var sent = Fd.of("open", file.toString(), number)) {
                assertEquals(2, Unistd.read(number, two));
                pair.first().send(bytes("x"), List.of(Descriptors.of(sent)));
            }
            try (var message = pair.second().receiveMessage(room(1));
                    var received = message.takeDescriptors().getFirst()) {
                assertEquals(Fcntl.FD_CLOEXEC, Fcntl.fcntl(received.number(), Fcntl.F_GETFD, 0));
                assertEquals(2, Unistd.read(received.number(), two));
                assertEquals('2', two.get(JAVA_BYTE, 0));
            }
        }
    }

    @Test
    @DisplayName("UNIX-064 a receiver may refuse descriptors")
    void aReceiverMayRefuseDescriptors() throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            assumeHas(pair.second(), SocketOption.PASS_DESCRIPTORS);
            pair.second().set(SocketOption.PASS_DESCRIPTORS, false);
            var carried = List.<ControlMessage>of(Descriptors.of(pair.first().fd()));
            var e =
                    assertThrows(
                            NotPermittedException.class,
                            () -> pair.first().send(bytes("x"), carried));
            assertTrue(e.getMessage().contains("SO_PASSRIGHTS"), e.getMessage());
            pair.first().write(bytes("x"));
            assertEquals(1, pair.second().read(room(1)));
        }
    }

    private static void assumeHas(Socket socket, SocketOption<?> option) throws Exception {
        try {
            var _ = socket.get(option);
        } catch (OsException e) {
            assumeTrue(e.errno() != Errno.ENOPROTOOPT, option + " is newer than this kernel");
        }
    }

    @Test
    @DisplayName("UNIX-067 an empty list of descriptors is none")
    void anEmptyListIsNone() throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            pair.first().send(bytes("x"), List.of(new Descriptors(List.of())));
            pair.first().send(bytes("y"), List.of());
            try (var message = pair.second().receiveMessage(room(2))) {
                assertEquals(List.of(), message.controlMessages());
                assertEquals(2, message.length());
            }
        }
    }

    @Test
    void droppedDatagramsAreCounted() throws Exception {
        try (var receiver = UdpSocket.boundToLoopback(0);
                var sender = UdpSocket.connected(receiver.localAddress())) {
            receiver.set(SocketOption.DROPPED_MESSAGES, true);
            receiver.set(SocketOption.RECEIVE_BUFFER_BYTES, 4096);
            var message = room(1000);
            for (int i = 0; i < 100; i++) {
                sender.send(message);
            }
            while (receiver.tryReceive(message) >= 0) {}
            sender.send(message);
            var last = receiver.receiveDatagram(message);
            var dropped = (ControlMessage.Dropped) last.controlMessages().getFirst();
            assertTrue(dropped.messages() > 0, dropped.toString());
            assertEquals(sender.localAddress(), last.sender());
        }
    }

    @Test
    void aTooSmallListOfGroupsIsAskedAgain() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root can have so many groups");
        Command.require("python3");
        try (var listener = UnixStreamListener.listen(uniqueName());
                var python =
                        Python.run(
                                """
                                os.setgroups(range(1000, 1300))
                                s = socket.socket(socket.AF_UNIX)
                                s.connect(name(a[0]))
                                sys.stdin.read()
                                """,
                                listener.localAddress());
                var socket = listener.accept()) {
            assertEquals(300, socket.peer().groups().size());
            python.endInput();
        }
    }
}
