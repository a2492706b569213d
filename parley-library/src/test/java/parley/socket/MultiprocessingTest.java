package parley.socket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import parley.pipe.PipeSource;

/// Python's `multiprocessing.connection`, in both roles, with and without its exchange of digests.
@SuppressWarnings("try") // closing early is part of the tests
class MultiprocessingTest extends SocketTest {
    private static final byte[] KEY = "a shared secret".getBytes(UTF_8);
    private static final String CHALLENGE = "#CHALLENGE#";
    private static final String WELCOME = "#WELCOME#";
    private static final String SHA_256 = "{sha256}"; // what Python 3.12 and later begin with

    /// Messages with their length before them, as Python frames them.
    private record Framed(UnixStreamSocket socket) {
        byte[] receive() throws IOException {
            var input = new DataInputStream(socket.inputStream());
            return input.readNBytes(input.readInt());
        }

        void send(byte[] bytes) throws IOException {
            var output = new DataOutputStream(socket.outputStream());
            output.writeInt(bytes.length);
            output.write(bytes);
        }

        /// Shows that this side has the key.
        void answerChallenge() throws Exception {
            var message = new String(receive(), ISO_8859_1);
            assertEquals(CHALLENGE, message.substring(0, CHALLENGE.length()));
            var digest = message.substring(CHALLENGE.length());
            send(digest(digest.getBytes(ISO_8859_1)));
            assertEquals(WELCOME, new String(receive(), UTF_8));
        }

        /// Sees whether the other side has it.
        void challenge() throws Exception {
            var message = "twenty bytes exactly".getBytes(UTF_8);
            send((CHALLENGE + new String(message, UTF_8)).getBytes(UTF_8));
            assertArrayEquals(digest(message), receive());
            send(WELCOME.getBytes(UTF_8));
        }

        private static byte[] digest(byte[] message) throws Exception {
            var prefix = SHA_256.getBytes(UTF_8);
            boolean isNew = Arrays.mismatch(message, prefix) == prefix.length;
            var mac = Mac.getInstance(isNew ? "HmacSHA256" : "HmacMD5");
            mac.init(new SecretKeySpec(KEY, mac.getAlgorithm()));
            var digest = mac.doFinal(message);
            if (!isNew) {
                return digest;
            }
            var both = Arrays.copyOf(prefix, prefix.length + digest.length);
            System.arraycopy(digest, 0, both, prefix.length, digest.length);
            return both;
        }
    }

    @Test
    void aClientWithAKey() throws Exception {
        var script =
                """
                from multiprocessing.connection import Client
                with Client(a[0], 'AF_UNIX', authkey=a[1].encode()) as c:
                    c.send_bytes(b'from python'); say(c.recv_bytes().decode())
                """;
        try (var listener = UnixStreamListener.listen(path("socket"));
                var python = Python.run(script, path("socket"), new String(KEY, UTF_8));
                var server = listener.accept()) {
            var framed = new Framed(server);
            framed.challenge(); // the server's comes first
            framed.answerChallenge();
            assertEquals("from python", new String(framed.receive(), UTF_8));
            framed.send("from java".getBytes(UTF_8));
            assertEquals("from java", python.line());
            assertEquals(0, python.exitCode());
        }
    }

    @Test
    void aListenerWithAKey() throws Exception {
        var script =
                """
                from multiprocessing.connection import Listener
                with Listener(a[0], 'AF_UNIX', authkey=a[1].encode()) as l:
                    say('listening')
                    with l.accept() as c: c.send_bytes(c.recv_bytes()[::-1])
                """;
        try (var python = Python.run(script, path("socket"), new String(KEY, UTF_8))) {
            assertEquals("listening", python.line());
            try (var client = UnixStreamSocket.connect(path("socket"))) {
                var framed = new Framed(client);
                framed.answerChallenge();
                framed.challenge();
                framed.send("abc".getBytes(UTF_8));
                assertEquals("cba", new String(framed.receive(), UTF_8));
            }
            assertEquals(0, python.exitCode());
        }
    }

    @Test
    void aDescriptorSentAsPythonsProcessesDo() throws Exception {
        var script =
                """
                from multiprocessing import reduction
                from multiprocessing.connection import Client
                c = Client(a[0], 'AF_UNIX'); r, w = os.pipe()
                reduction.send_handle(c, r, None); os.write(w, b'from python')
                """;
        try (var listener = UnixStreamListener.listen(path("socket"));
                var python = Python.run(script, path("socket"));
                var server = listener.accept();
                var message = server.receiveMessage(room(1));
                var source = PipeSource.of(message.takeDescriptors().getFirst())) {
            assertEquals("from python", new String(source.inputStream().readAllBytes(), UTF_8));
            assertEquals(0, python.exitCode());
        }
    }
}
