package parley.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parley.peer.Peer;
import parley.ready.Outcome;

/// Every Unix address type of socat, which is told lines and says those that come.
@Timeout(60)
@SuppressWarnings("try") // closing early is part of the tests
class SocatTest extends SocketTest {
    private static final String UNIX = "UNIX";
    private static final String ABSTRACT = "ABSTRACT";

    private UnixAddress address(String family) {
        return family.equals(UNIX) ? path("socket") : uniqueName();
    }

    /// As socat has it: `UNIX-LISTEN:/path`, `ABSTRACT-LISTEN:name`.
    private static String socats(String family, String type, UnixAddress address) {
        return family + "-" + type + ":" + name(address);
    }

    private static String name(UnixAddress address) {
        var text = address.toString();
        return text.startsWith("@") ? text.substring(1) : text;
    }

    private static Peer client(String... words) throws IOException {
        return start(List.of("socat"), words);
    }

    /// One that is waiting for somebody when this returns.
    private static Peer server(String... words) throws IOException {
        var socat = start(List.of("socat", "-d", "-d"), words);
        var line = socat.line();
        while (!line.matches(".*(listening on|receiving on|starting data transfer).*")) {
            assertNotEquals("null", line);
            line = socat.line();
        }
        return socat;
    }

    /// The next line that is not about what it does.
    private static String said(Peer server) throws IOException {
        var line = server.line();
        while (line.contains("] N ")) {
            line = server.line();
        }
        return line;
    }

    private static Peer start(List<String> program, String... words) throws IOException {
        var all = new ArrayList<>(program);
        all.addAll(List.of(words));
        return Peer.start(all);
    }

    @ParameterizedTest
    @ValueSource(strings = {"UNIX CONNECT", "UNIX CLIENT", "ABSTRACT CONNECT", "ABSTRACT CLIENT"})
    void aStreamThatSocatConnects(String words) throws Exception {
        var family = words.split(" ", -1)[0];
        var address = address(family);
        try (var listener = UnixStreamListener.listen(address);
                var socat = client("-", socats(family, words.split(" ", -1)[1], address));
                var server = listener.accept()) {
            assertEquals(socat.pid(), server.peer().pid());
            socat.tell("from socat");
            var into = room(11);
            assertEquals(11, server.read(into));
            assertEquals("from socat\n", text(into, 11));
            server.write(bytes("from java\n"));
            assertEquals("from java", socat.line());
            socat.endInput();
            assertEquals(Outcome.END, server.read(into));
            server.close();
            assertEquals(0, socat.exitCode());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {UNIX, ABSTRACT})
    void aStreamThatSocatServes(String family) throws Exception {
        var address = address(family);
        try (var socat = server(socats(family, "LISTEN", address), "EXEC:rev");
                var client = UnixStreamSocket.connect(address)) {
            assertEquals(socat.pid(), client.peer().pid());
            client.write(bytes("abc\n"));
            client.shutdownOutput();
            assertEquals("cba\n", new String(client.inputStream().readAllBytes(), UTF_8));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {UNIX, ABSTRACT})
    void seqpacketThatSocatConnects(String family) throws Exception {
        var address = address(family);
        try (var listener = UnixSeqpacketListener.listen(address);
                var socat = client("-", socats(family, "CONNECT", address) + ",type=5");
                var server = listener.accept()) {
            socat.tell("one");
            assertEquals(4, server.receive(room(100)));
            socat.tell("three");
            assertEquals(6, server.receive(room(100)));
            server.send(bytes("answer\n"));
            assertEquals("answer", socat.line());
            server.close();
            assertEquals(0, socat.exitCode());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {UNIX, ABSTRACT})
    void seqpacketThatSocatServes(String family) throws Exception {
        var address = address(family);
        try (var _ = server(socats(family, "LISTEN", address) + ",type=5", "PIPE");
                var client = UnixSeqpacketSocket.connect(address)) {
            for (var word : List.of("one", "three")) {
                client.send(bytes(word));
                var into = room(100);
                assertEquals(word, text(into, client.receive(into)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {UNIX, ABSTRACT})
    void datagramsThatSocatSendsAndGetsAnAnswerTo(String family) throws Exception {
        var address = address(family);
        var theirs = family.equals(UNIX) ? path("socat") : uniqueName();
        var sendto = socats(family, "SENDTO", address) + ",bind=" + name(theirs);
        try (var receiver = UnixDatagramSocket.bound(address);
                var socat = client("-", sendto)) {
            socat.tell("ask");
            try (var message = receiver.receiveMessage(room(100))) {
                assertEquals(4, message.length());
                assertEquals(theirs, message.sender());
                receiver.send(bytes("answer\n"), message.sender());
            }
            assertEquals("answer", socat.line());
        }
    }

    @Test
    void datagramsFromAClientOfAnyKind() throws Exception { // with an abstract name it tries one
        var address = path("socket");
        try (var receiver = UnixDatagramSocket.bound(address);
                var socat = client("-", socats(UNIX, "CLIENT", address))) {
            socat.tell("ask");
            assertEquals(4, receiver.receive(room(100)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {UNIX, ABSTRACT})
    void aDatagramThatSocatAnswers(String family) throws Exception {
        var address = address(family);
        var ours = family.equals(UNIX) ? path("java") : uniqueName();
        try (var _ = server(socats(family, "RECVFROM", address), "PIPE");
                var socket = UnixDatagramSocket.bound(ours)) {
            socket.send(bytes("echo"), address);
            var into = room(100);
            try (var message = socket.receiveMessage(into)) {
                assertEquals("echo", text(into, message.length()));
                assertEquals(address, message.sender());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {UNIX, ABSTRACT})
    void datagramsThatSocatReceives(String family) throws Exception {
        var address = address(family);
        try (var socat = server("-u", socats(family, "RECV", address), "-");
                var socket = UnixDatagramSocket.unbound()) {
            socket.send(bytes("one\n"), address);
            socket.send(bytes("two\n"), address);
            assertEquals("one", said(socat));
            assertEquals("two", said(socat));
        }
    }
}
