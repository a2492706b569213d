package parley.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parley.peer.Command;
import parley.peer.Peer;
import parley.pipe.Pipe;
import parley.pipe.PipeSource;
import parley.socket.ControlMessage.Descriptors;

/// Descriptors both ways with a C program that uses sendmsg(2) and recvmsg(2) as their man pages
/// have it.
@SuppressWarnings("try") // closing early is part of the tests
class CPeerTest extends SocketTest {
    /// Takes the write ends of two pipes, writes into both, and sends the read end of its own.
    private static final String PROGRAM =
            """
            #include <err.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <sys/socket.h>
            #include <sys/un.h>
            #include <unistd.h>

            static union {
                char bytes[CMSG_SPACE(2 * sizeof(int))];
                struct cmsghdr aligned;
            } control;
            static char text[100];
            static struct iovec iov = {text, sizeof text};
            static struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1,
                                            .msg_control = &control};

            int main(int count, char **arguments) {
                int s = socket(AF_UNIX, atoi(arguments[2]), 0);
                struct sockaddr_un name = {AF_UNIX};
                strcpy(name.sun_path, arguments[1]);
                if (s < 0 || connect(s, (void *)&name, sizeof name)) err(1, "connect");

                message.msg_controllen = sizeof control;
                ssize_t length = recvmsg(s, &message, MSG_CMSG_CLOEXEC);
                struct cmsghdr *header = CMSG_FIRSTHDR(&message);
                if (length != 4 || header == NULL || header->cmsg_type != SCM_RIGHTS
                        || header->cmsg_len != CMSG_LEN(2 * sizeof(int))) errx(1, "recvmsg");
                int fds[2];
                memcpy(fds, CMSG_DATA(header), sizeof fds);
                dprintf(fds[0], "%.4s", text);
                dprintf(fds[1], "fds");
                close(fds[0]);
                close(fds[1]);

                if (pipe(fds)) err(1, "pipe");
                dprintf(fds[1], "from C");
                close(fds[1]);
                header->cmsg_level = SOL_SOCKET;
                header->cmsg_type = SCM_RIGHTS;
                header->cmsg_len = CMSG_LEN(sizeof(int));
                memcpy(CMSG_DATA(header), fds, sizeof(int));
                message.msg_controllen = CMSG_SPACE(sizeof(int));
                iov.iov_len = 1;
                if (sendmsg(s, &message, 0) != 1) err(1, "sendmsg");
                return 0;
            }
            """;

    private static String readAll(PipeSource source) throws Exception {
        return new String(source.inputStream().readAllBytes(), UTF_8);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void descriptorsGoBothWays(boolean isSeqpacket) throws Exception {
        Command.require("gcc");
        var program = Command.compile(directory, "descriptors", PROGRAM);
        var name = path("socket");
        try (var listener =
                        isSeqpacket
                                ? UnixSeqpacketListener.listen(name)
                                : UnixStreamListener.listen(name);
                var c = Peer.start(List.of(program, name.toString(), isSeqpacket ? "5" : "1"));
                var one = Pipe.create();
                var other = Pipe.create();
                var socket = (UnixSocket) listener.accept()) {
            var ends = Descriptors.of(one.sink().fd(), other.sink().fd());
            send(socket, ends);
            one.sink().close();
            other.sink().close();
            assertEquals("data", readAll(one.source()));
            assertEquals("fds", readAll(other.source()));
            try (var message = receive(socket);
                    var theirs = PipeSource.of(message.takeDescriptors().getFirst())) {
                assertEquals(1, message.length());
                assertEquals("from C", readAll(theirs));
            }
            assertEquals(0, c.exitCode(), c::rest);
        }
    }

    private static void send(UnixSocket socket, Descriptors ends) throws Exception {
        switch (socket) {
            case UnixStreamSocket stream -> stream.send(bytes("data"), List.of(ends));
            case UnixSeqpacketSocket messages -> messages.send(bytes("data"), List.of(ends));
            case UnixDatagramSocket _ -> throw new AssertionError(socket);
        }
    }

    private static ReceivedMessage receive(UnixSocket socket) throws Exception {
        return switch (socket) {
            case UnixStreamSocket stream -> stream.receiveMessage(room(1));
            case UnixSeqpacketSocket messages -> messages.receiveMessage(room(1));
            case UnixDatagramSocket _ -> throw new AssertionError(socket);
        };
    }
}
