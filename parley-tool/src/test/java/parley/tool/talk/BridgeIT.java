package parley.tool.talk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import parley.peer.Command;
import parley.peer.Peer;
import parley.pipe.NamedPipe;
import parley.signal.Signal;
import parley.signal.Signals;
import parley.socket.UdpSocket;
import parley.tool.demo.Packaged;

/// `parley bridge` as its user sees it, between programs that know nothing of Parley.
@Timeout(240)
class BridgeIT {
    /// Says "from the server", and when the client has ended, how much it got.
    private static final String SERVER =
            """
            import socket, sys, threading
            s = socket.socket(socket.AF_UNIX)
            s.bind(sys.argv[1])
            s.listen(4096)
            print('ready', flush=True)
            def serve(c):
                c.sendall(b'from the server\\n')
                c.shutdown(socket.SHUT_WR) if sys.argv[2] == 'ends' else None
                n = 0
                while b := c.recv(1 << 16):
                    n += len(b)
                if sys.argv[2] == 'ends':
                    print('got', n, flush=True)
                else:
                    c.sendall(b'%d' % n)
                c.close()
            while True:
                threading.Thread(target=serve, args=[s.accept()[0]], daemon=True).start()
            """;

    @TempDir private Path directory;

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    private Peer server(String how) throws Exception {
        return Parley.python(SERVER, path("server"), how);
    }

    @Test
    void theEndOfTheInputIsPassedOn() throws Exception {
        var input = Files.writeString(directory.resolve("input"), "12345");
        try (var _ = server("answers")) {
            var result = Parley.runWithInput(input, "bridge", "-", "unix:" + path("server"));
            assertEquals("from the server\n5", result.out());
            assertEquals("", result.err());
            assertEquals(0, result.status());
        }
    }

    @Test
    void theEndOfTheOutputIsPassedOn() throws Exception {
        var bridge = "exec " + Parley.quoted("bridge", "-", "unix:" + path("server"));
        try (var server = server("ends");
                var parley = Peer.start(List.of("sh", "-c", bridge + " 2>/dev/null"))) {
            assertEquals("from the server", parley.line());
            assertEquals("null", parley.line()); // while our input goes on
            parley.tell("now");
            parley.endInput();
            assertEquals("got 4", server.line());
            assertEquals(0, parley.exitCode());
        }
    }

    @Test
    void aPortLeadsToAUnixSocketForOneClient() throws Exception {
        var client =
                "import socket,sys; s = socket.create_connection(('127.0.0.1', sys.argv[1]));"
                        + " s.sendall(b'x' * 1000); s.shutdown(1); print(s.makefile().read())";
        try (var _ = server("answers");
                var parley =
                        Parley.start(
                                "bridge", "tcp:127.0.0.1:0,listen", "unix:" + path("server"))) {
            var port = parley.line().replace("listening on tcp:127.0.0.1:", "");
            assertEquals("from the server\n1000", Command.output("python3", "-c", client, port));
            assertEquals(0, parley.exitCode());
        }
    }

    @Test
    void aThousandConnectionsAtOnceAndAThousandWithoutAByte() throws Exception {
        var clients =
                """
                import socket, sys
                def connected():
                    s = socket.socket(socket.AF_UNIX)
                    s.connect(sys.argv[1])
                    return s
                all = [connected() for _ in range(1000)]
                for i, s in enumerate(all):
                    s.sendall(b'x' * i)
                    s.shutdown(1)
                wrong = [i for i, s in enumerate(all)
                         if s.makefile().read() != 'from the server\\n%d' % i]
                for s in [connected() for _ in range(1000)]:
                    s.close()
                s = connected()
                s.shutdown(1)
                print(wrong, s.makefile().read())
                """;
        var end = "unix:" + path("s") + ",listen";
        try (var _ = server("answers");
                var parley =
                        Parley.listening("bridge", end, "unix:" + path("server"), "--follow")) {
            var said = Command.output("python3", "-c", clients, path("s"));
            assertEquals("[] from the server\n0", said);
            Signals.send(parley.pid(), Signal.TERM);
            assertEquals(143, parley.exitCode());
            assertTrue(Files.notExists(Path.of(path("s"))));
        }
    }

    @Test
    void moreClientsThanThereAreDescriptorsForAreAllServed() throws Exception {
        var clients =
                """
                import socket, sys
                def connected():
                    s = socket.socket(socket.AF_UNIX)
                    s.settimeout(60)
                    s.connect(sys.argv[1])
                    return s
                idle = [connected() for _ in range(150)]
                print('ready', flush=True)
                input()
                for s in idle:
                    s.close()
                asking = [connected() for _ in range(50)]
                for s in asking:
                    s.shutdown(1)
                print({s.makefile().read() for s in asking})
                """;
        var words = new ArrayList<>(List.of("prlimit", "--nofile=100"));
        var end = "unix:" + path("s") + ",listen";
        words.addAll(Packaged.command("bridge", end, "unix:" + path("server"), "--follow"));
        try (var _ = server("answers");
                var parley = Peer.start(words)) {
            assertEquals("listening on unix:" + path("s"), parley.line());
            try (var python = Parley.python(clients, path("s"))) {
                python.tell("");
                assertEquals("{'from the server\\n0'}", python.rest());
            }
            Signals.send(parley.pid(), Signal.TERM);
            var said = parley.rest();
            assertFalse(said.contains("EMFILE"), said);
        }
    }

    @Test
    void manyBytesNeedLittleMemory() throws Exception {
        var command = Packaged.command("bridge", "-", "unix:" + path("server"));
        command.add(1, "-Xmx10m");
        var script = "head -c 300000000 /dev/zero | '" + String.join("' '", command) + "'";
        try (var _ = server("answers")) {
            assertEquals("from the server\n300000000", Command.output("sh", "-c", script));
        }
    }

    @Test
    void messagesStayMessages() throws Exception {
        var server =
                """
                import socket, sys
                s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                s.bind(sys.argv[1])
                s.listen()
                print('ready', flush=True)
                c = s.accept()[0]
                for _ in range(4):
                    c.send(c.recv(1 << 20).upper())
                print(c.recv(9))
                """;
        var client =
                """
                import socket, sys
                s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                s.connect(sys.argv[1])
                for m in (b'one', b'', b'x' * 150000, b'last'):
                    s.send(m)
                print([len(s.recv(1 << 20)) for _ in range(3)], s.recv(9))
                """;
        var end = "unix-seq:" + path("s") + ",listen";
        try (var python = Parley.python(server, path("server"));
                var parley = Parley.listening("bridge", end, "unix-seq:" + path("server"))) {
            var said = Command.output("python3", "-c", client, path("s"));
            assertEquals("[3, 0, 150000] b'LAST'", said);
            assertEquals("b''", python.line()); // the end
            assertEquals(0, parley.exitCode());
        }
    }

    @Test
    void datagramsAreAnswered() throws Exception {
        var server =
                "import socket,sys; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM);"
                        + " s.bind(sys.argv[1]); print('ready', flush=True)\n"
                        + "while True: m, a = s.recvfrom(99); s.sendto(m.upper(), a)";
        var client =
                "import socket,sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
                        + " s.connect(('127.0.0.1', int(sys.argv[1]))); s.send(b'one');"
                        + " print(s.recv(9)); s.send(b''); s.send(b'two');"
                        + " print(s.recv(9), s.recv(9))";
        try (var _ = Parley.python(server, path("server"));
                var parley =
                        Parley.start(
                                "bridge",
                                "udp:127.0.0.1:0,listen",
                                "unix-dgram:" + path("server"))) {
            var port = parley.line().replace("listening on udp:127.0.0.1:", "");
            var said = Command.output("python3", "-c", client, port);
            assertEquals("b'ONE'\nb'' b'TWO'", said);
            Signals.send(parley.pid(), Signal.INT);
            assertEquals(130, parley.exitCode());
        }
    }

    @Test
    void aSenderThatHasGoneIsHeardAllTheSame() throws Exception {
        try (var receiver = UdpSocket.boundToLoopback(0);
                var arena = Arena.ofConfined();
                var _ =
                        Parley.listening(
                                "bridge",
                                "unix-dgram:" + path("d") + ",listen",
                                receiver.address())) {
            var script =
                    """
                    import socket, sys
                    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                    s.bind("")
                    s.sendto(b"hello", sys.argv[1])
                    s.close()
                    """;
            for (int i = 0; i < 3; i++) {
                Command.output("python3", "-c", script, path("d"));
                assertEquals(5, receiver.receive(arena.allocate(10)));
            }
        }
    }

    @Test
    void allAreHeardAndTheLastOneIsAnswered() throws Exception {
        var script =
                """
                import socket, sys
                server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                server.bind(sys.argv[1])
                print('ready', flush=True)
                def client():
                    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                    s.settimeout(20)
                    s.bind('')
                    return s
                def ask(client):
                    client.sendto(b'question', sys.argv[2])
                    bridge = server.recvfrom(99)[1]
                    server.sendto(b'answer', bridge)
                    reply = client.recv(99)
                    if reply.startswith(b'nobody'): # it may come after the next question
                        reply = client.recv(99)
                    return reply == b'answer'
                def leave(client):
                    client.sendto(b'question', sys.argv[2])
                    bridge = server.recvfrom(99)[1]
                    client.close()
                    server.sendto(b'nobody is there any more', bridge)
                a, b = client(), client()
                input()
                print([ask(a), ask(b), ask(a), leave(b), ask(a)])
                """;
        try (var python = Parley.python(script, path("server"), path("s"));
                var _ =
                        Parley.listening(
                                "bridge",
                                "unix-dgram:" + path("s") + ",listen",
                                "unix-dgram:" + path("server"))) {
            python.tell("");
            assertEquals("[True, True, True, None, True]", python.line());
        }
    }

    @Test
    void aMessageThatCannotGoOnDisturbsNobody() throws Exception {
        var script =
                """
                import socket, struct, sys
                server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                server.bind(('127.0.0.1', 0))
                print(server.getsockname()[1], flush=True)
                def client(name):
                    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                    s.settimeout(20)
                    s.bind(name)
                    return s
                a, b = client(''), client('')
                input()
                a.sendto(b'x' * 100000, sys.argv[1]) # too long for UDP
                for _ in range(30):
                    a.sendto(b'and reads no answer', sys.argv[1])
                    bridge = server.recvfrom(99)[1]
                    server.sendto(b'answer', bridge)
                b.sendto(b'question', sys.argv[1])
                server.recvfrom(99)
                server.sendto(b'answer', bridge)
                print(b.recv(99), flush=True)
                input() # neither of them goes
                """;
        try (var python = Peer.start(List.of("python3", "-c", script, path("s")))) {
            var port = python.line();
            try (var parley =
                    Parley.listening(
                            "bridge",
                            "unix-dgram:" + path("s") + ",listen",
                            "udp:127.0.0.1:" + port)) {
                python.tell("");
                assertEquals("b'answer'", python.line());
                var said = parley.line();
                assertTrue(said.contains("EMSGSIZE"), said);
                said = parley.line();
                assertTrue(said.endsWith("is lost, who has no room for it"), said);
            }
        }
    }

    @Test
    void aBridgeFromDatagramsEndsWithTheOtherSide() throws Exception {
        var server =
                "import socket,sys; s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET);"
                        + " s.bind(sys.argv[1]); s.listen(); print('ready', flush=True);"
                        + " print(s.accept()[0].recv(9), flush=True)";
        try (var python = Parley.python(server, path("server"));
                var parley =
                        Parley.listening(
                                "bridge",
                                "unix-dgram:" + path("s") + ",listen",
                                "unix-seq:" + path("server"))) {
            assertEquals(0, Parley.run("send", "unix-dgram:" + path("s"), "x").status());
            assertEquals("b'x'", python.line());
            assertEquals(0, parley.exitCode());
            assertTrue(Files.notExists(Path.of(path("s"))));
        }
    }

    @Test
    void aFifoAndAFileGoOneWay() throws Exception {
        var _ = NamedPipe.create(Path.of(path("fifo")));
        var file = directory.resolve("file");
        try (var parley = Parley.start("bridge", "fifo:" + path("fifo"), "file:" + file)) {
            Command.output("sh", "-c", "seq 1000 >\"$0\"", path("fifo"));
            assertEquals(0, parley.exitCode());
        }
        assertEquals(Command.output("seq", "1000"), Files.readString(file).strip());
        var result = Parley.run("bridge", "file:" + file, "exec:wc -l");
        assertEquals(0, result.status(), result.err()); // whose answer goes nowhere
    }

    @ParameterizedTest
    @CsvSource({"'tr a-z A-Z', 0, WORDS", "'cat; exit 3', 1, words"})
    void aCommandIsAPeer(String command, int status, String said) throws Exception {
        var input = Files.writeString(directory.resolve("input"), "words");
        var result = Parley.runWithInput(input, "bridge", "-", "exec:" + command);
        assertEquals(said, result.out());
        assertEquals(status, result.status(), result.err());
    }

    @Test
    void aPeerThatIsGoneIsHeardToTheEnd() throws Exception {
        var script =
                "import socket,sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]);"
                        + " s.listen(); print('ready', flush=True); c = s.accept()[0];"
                        + " c.shutdown(socket.SHUT_RD); c.sendall(b'last words'); input()";
        try (var python = Parley.python(script, path("server"))) {
            var zeros = Path.of("/dev/zero");
            var words = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" <\"$0\"", "" + zeros));
            words.addAll(Packaged.command("bridge", "-", "unix:" + path("server")));
            try (var parley = Peer.start(words)) {
                python.tell(""); // it ends, perhaps before all is heard
                var said = parley.rest();
                assertTrue(said.contains("last words"), said);
                assertTrue(said.contains("EPIPE") || said.contains("ECONNRESET"), said);
                assertEquals(1, parley.exitCode());
            }
        }
    }

    @Test
    void aReaderThatHasEnoughEndsIt() throws Exception {
        var bridge = Parley.quoted("bridge", "-", "exec:yes");
        var script = "{ " + bridge + "; echo $? >&2; } </dev/tty | head -c1";
        var terminal = List.of("script", "--quiet", "--return", "--command", script, "/dev/null");
        try (var parley = Peer.start(terminal)) { // whose input does not end
            assertTrue(parley.rest().contains("141"));
        }
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143"})
    void itEndsInOrderWhenItIsTold(String signal, int status) throws Exception {
        var words = new ArrayList<>(List.of("env", "--default-signal=INT,TERM"));
        var end = "unix:" + path("s") + ",listen";
        words.addAll(Packaged.command("bridge", end, "exec:echo $$; exec sleep 1000"));
        var client =
                "import socket,sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
                        + " print('ready', flush=True); print(s.makefile().readline(), flush=True);"
                        + " input()";
        try (var parley = Peer.start(words)) {
            assertEquals("listening on unix:" + path("s"), parley.line());
            try (var python = Parley.python(client, path("s"))) {
                long child = Long.parseLong(python.line());
                Signals.send(parley.pid(), Signal.named(signal).orElseThrow());
                assertEquals(status, parley.exitCode());
                ProcessHandle.of(child).ifPresent(process -> process.onExit().join());
            }
            assertTrue(Files.notExists(Path.of(path("s"))));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "- udp:127.0.0.1:9|2|where would a message end?",
                "unix-seq:/x unix:/y|2|where would a message end?",
                "- unix:/x --follow|2|--follow needs a side that listens",
                "- foo:/x|2|is no address",
                "- unix:DIR/none|3|there is no none",
                "- tcp:127.0.0.1:1|1|nobody listens there",
                "file:DIR/none -|3|",
                "unix:DIR,listen -|6|",
            })
    void whatCannotBeIsSaid(String words, int status, String said) throws Exception {
        var arguments = ("bridge " + words).replace("DIR", directory.toString()).split(" ");
        var result = Parley.run(arguments);
        assertEquals(status, result.status(), result.err());
        assertTrue(result.err().contains(said == null ? "" : said), result.err());
        assertEquals("", result.out());
    }
}
