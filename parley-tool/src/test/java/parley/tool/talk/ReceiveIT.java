package parley.tool.talk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import parley.os.Credentials;
import parley.peer.Command;
import parley.peer.Peer;
import parley.pipe.NamedPipe;
import parley.signal.Signal;
import parley.signal.Signals;
import parley.tool.demo.Packaged;

/// `parley receive` as its user sees it, with programs that know nothing of Parley.
@Timeout(120)
class ReceiveIT {
    /// Sends each message, or all of them as a stream, and prints its pid.
    private static final String SENDER =
            """
            import os, socket, sys
            kind, name = sys.argv[1:3]
            family = socket.AF_INET if kind in ('tcp', 'udp') else socket.AF_UNIX
            type = {'unix': socket.SOCK_STREAM, 'tcp': socket.SOCK_STREAM,
                    'unix-seq': socket.SOCK_SEQPACKET}.get(kind, socket.SOCK_DGRAM)
            s = socket.socket(family, type)
            host, _, port = name.rpartition(':')
            s.connect((host, int(port)) if host else name.replace('@', chr(0)))
            for message in sys.argv[3:]:
                s.send(eval(message))
            print(os.getpid())
            """;

    @TempDir private Path directory;

    private String path() {
        return directory.resolve("s").toString();
    }

    /// Sends as Python does, and returns its pid.
    private static String send(String kind, String name, String... messages) throws Exception {
        var words = new ArrayList<>(List.of("python3", "-c", SENDER, kind, name));
        words.addAll(List.of(messages));
        return Command.output(words);
    }

    @Test
    void aStreamIsPrintedAsItIs() throws Exception {
        try (var parley = Parley.listening("receive", "unix:" + path() + ",listen")) {
            send("unix", path(), "b'one\\n'", "b'two\\n'");
            assertEquals("one\ntwo", parley.rest());
            assertEquals(0, parley.exitCode());
            assertTrue(Files.notExists(Path.of(path())));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix-seq:PATH,listen", "unix-dgram:PATH", "unix-dgram:@NAME"})
    void eachMessageIsALine(String address) throws Exception {
        var name = "@parley-" + directory.getFileName();
        var whole = address.replace("PATH", path()).replace("@NAME", name);
        try (var parley = Parley.listening("receive", whole, "-c3")) {
            var kind = whole.substring(0, whole.indexOf(':'));
            send(kind, whole.contains("@") ? name : path(), "b'one'", "b''", "b'2\\n'");
            assertEquals("one", parley.line());
            assertEquals("", parley.line());
            assertEquals("2", parley.line());
            assertEquals("", parley.line());
            assertEquals(0, parley.exitCode());
            assertTrue(Files.notExists(Path.of(path())));
        }
    }

    @Test
    void rawIsTheBytesAlone() throws Exception {
        var out = directory.resolve("out");
        var receive = Parley.quoted("receive", "unix-dgram:" + path(), "-c2", "--raw");
        try (var parley = Peer.start(List.of("sh", "-c", receive + " >" + out))) {
            parley.line();
            send("unix-dgram", path(), "b'\\x00\\xff'", "b'x'");
            assertEquals(0, parley.exitCode());
        }
        assertEquals("00 ff 78", Command.output("od", "-An", "-tx1", out.toString()));
    }

    @Test
    void jsonSaysWhoSentIt() throws Exception {
        var address = "unix-seq:" + path() + ",listen";
        try (var parley = Parley.listening("receive", address, "-c2", "-J")) {
            var pid = send("unix-seq", path(), "b'a\"b'", "b'\\xff'");
            var own = Credentials.own();
            var start = "{\"schema\":\"parley/1\",\"address\":\"" + address + "\",";
            var end = ",\"pid\":%s,\"uid\":%d,\"gid\":%d}".formatted(pid, own.uid(), own.gid());
            assertEquals(start + "\"bytes\":3,\"text\":\"a\\\"b\"" + end, parley.line());
            assertEquals(start + "\"bytes\":1,\"base64\":\"/w==\"" + end, parley.line());
            assertEquals(0, parley.exitCode());
        }
    }

    @Test
    void jsonNamesDatagramSenders() throws Exception {
        try (var parley = Parley.start("receive", "udp:127.0.0.1:0,listen", "-J")) {
            var name = parley.line().replace("listening on udp:", "");
            send("udp", name, "b'x'");
            var line = parley.line();
            assertTrue(line.matches(".*\"text\":\"x\",\"from\":\"udp:127.0.0.1:\\d+\"}"), line);
        }
        try (var parley = Parley.listening("receive", "unix-dgram:" + path(), "-J")) {
            var script =
                    "import socket,sys; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM);"
                            + "s.bind(sys.argv[1] + ',x'); s.sendto(b'x', sys.argv[1])";
            Command.output("python3", "-c", script, path());
            var line = parley.line();
            var from = "\"from\":\"unix-dgram:" + path() + "\\\\,x\",\"pid\":";
            assertTrue(line.contains(from), line);
        }
    }

    @ParameterizedTest
    @CsvSource({"unix, SOCK_STREAM", "unix-seq, SOCK_SEQPACKET"})
    void descriptorsAreNamed(String kind, String type) throws Exception {
        var script =
                """
                import os, socket, sys
                s = socket.socket(socket.AF_UNIX, getattr(socket, sys.argv[2]))
                s.connect(sys.argv[1])
                socket.send_fds(s, [b'take'], [os.open('/etc/hosts', 0), os.open('/', 0)])
                """;
        var address = kind + ":" + path() + ",listen";
        try (var parley = Parley.listening("receive", address, "-J")) {
            Command.output("python3", "-c", script, path(), type);
            var line = parley.line();
            assertTrue(line.endsWith(",\"descriptors\":[\"/etc/hosts\",\"/\"]}"), line);
            assertEquals(0, parley.exitCode());
        }
        try (var parley = Parley.listening("receive", address)) {
            Command.output("python3", "-c", script, path(), type);
            var said = parley.rest();
            assertTrue(said.contains("with a descriptor: /etc/hosts\nwith a descriptor: /"), said);
        }
    }

    @Test
    void aFifoIsReadToTheEndOfItsWriters() throws Exception {
        var _ = NamedPipe.create(Path.of(path()));
        try (var parley = Parley.start("receive", "fifo:" + path())) {
            Command.output("sh", "-c", "echo one >\"$0\"", path());
            assertEquals("one", parley.rest());
            assertEquals(0, parley.exitCode());
        }
    }

    @Test
    void followingGoesOnAfterAWriter() throws Exception {
        var _ = NamedPipe.create(Path.of(path()));
        try (var parley = Parley.start("receive", "fifo:" + path(), "--follow")) {
            for (var word : List.of("one", "two", "three")) {
                Command.output("sh", "-c", "echo $1 >\"$0\"", path(), word);
                assertEquals(word, parley.line());
            }
            Signals.send(parley.pid(), Signal.TERM);
            assertEquals(143, parley.exitCode());
        }
    }

    @Test
    void oneBadClientDisturbsNoOther() throws Exception {
        try (var parley = Parley.start("receive", "tcp:127.0.0.1:0,listen", "--follow")) {
            var port = parley.line().replaceAll(".*:", "");
            var script =
                    """
                    import socket, struct, sys
                    def connect(): return socket.create_connection(("127.0.0.1", int(sys.argv[1])))
                    bad = connect()
                    bad.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    bad.close()
                    good = connect()
                    good.sendall(b"well\\n")
                    good.close()
                    """;
            Command.output("python3", "-c", script, port);
            var line = parley.line();
            if (line.contains("ECONNRESET")) { // it may have been seen before it was accepted
                line = parley.line();
            }
            assertEquals("well", line);
        }
        try (var parley = Parley.listening("receive", "unix-dgram:" + path(), "--follow")) {
            var script =
                    """
                    import socket, sys
                    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                    s.setsockopt(socket.SOL_SOCKET, 32, 3 << 20) # SO_SNDBUFFORCE
                    s.sendto(bytes((1 << 20) + 1), sys.argv[1])
                    s.sendto(b"well", sys.argv[1])
                    """;
            assumeTrue(Credentials.own().uid() == 0, "such a message needs CAP_NET_ADMIN");
            Command.output("python3", "-c", script, path());
            assertTrue(parley.line().contains("EMSGSIZE"));
            assertEquals("well", parley.line());
        }
    }

    @Test
    void aCommandEndsWithTheTalk() throws Exception {
        var file = directory.resolve("pid");
        var command = "exec:echo $$ >" + file + "; sleep 1000; echo never";
        assertEquals(124, Parley.run("receive", command, "--timeout", "2s").status());
        var shell = ProcessHandle.of(Long.parseLong(Files.readString(file).strip()));
        assertTrue(shell.isEmpty() || !shell.get().isAlive());
    }

    @Test
    void followingServesOneAfterAnother() throws Exception {
        var address = "unix-seq:" + path() + ",listen";
        try (var parley = Parley.listening("receive", address, "--follow")) {
            for (var word : List.of("one", "two", "three")) {
                send("unix-seq", path(), "b'" + word + "'", "b'end'");
                assertEquals(word, parley.line());
                assertEquals("end", parley.line());
            }
            Signals.send(parley.pid(), Signal.INT);
            assertEquals(130, parley.exitCode());
            assertTrue(Files.notExists(Path.of(path())));
        }
    }

    @Test
    void whatAServerSays() throws Exception {
        var script =
                "import socket; s = socket.create_server(('127.0.0.1', 0)); print('ready');"
                        + " print(s.getsockname()[1], flush=True); s.accept()[0].sendall(b'220 x')";
        try (var server = Parley.python(script)) {
            var result = Parley.run("receive", "tcp:127.0.0.1:" + server.line());
            assertEquals("220 x", result.out());
            assertEquals(0, result.status());
        }
    }

    @Test
    void aNameThatSomebodyHasIsLeftAlone() throws Exception {
        var holder =
                "import socket,sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]);"
                        + " s.listen(); print('ready', flush=True);"
                        + " print(s.accept()[0].recv(9), flush=True)";
        var address = "unix:" + path() + ",listen";
        try (var python = Parley.python(holder, path())) {
            var refused = Parley.run("receive", address);
            assertEquals(6, refused.status(), refused.err());
            send("unix", path(), "b'still'");
            assertEquals("b'still'", python.line());
        }
        try (var parley = Parley.listening("receive", address)) { // its file is left over
            send("unix", path(), "b'taken'");
            assertEquals("taken", parley.rest());
        }
        Files.writeString(Path.of(path()), "a file");
        assertEquals(6, Parley.run("receive", address).status());
        assertEquals("a file", Files.readString(Path.of(path())));
    }

    @Test
    void aFileThatTookTheNameMeanwhileIsLeftAlone() throws Exception {
        try (var parley = Parley.listening("receive", "unix-dgram:" + path())) {
            Files.delete(Path.of(path()));
            Files.writeString(Path.of(path()), "a file");
            Signals.send(parley.pid(), Signal.TERM);
            assertEquals(143, parley.exitCode());
            assertEquals("a file", Files.readString(Path.of(path())));
        }
    }

    @Test
    void aPeerThatClosesBeforeAMessageIsAFailure() throws Exception {
        try (var parley = Parley.listening("receive", "unix-seq:" + path() + ",listen", "-c2")) {
            send("unix-seq", path(), "b'one'");
            assertEquals("one", parley.line());
            assertTrue(parley.line().endsWith("the peer closed, after 1 of 2 messages"));
            assertEquals(1, parley.exitCode());
        }
    }

    @Test
    void aMessageThatIsTooLongIsNotCut() throws Exception {
        var script =
                """
                import socket, sys
                s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                s.setsockopt(socket.SOL_SOCKET, 32, 8 << 20) # SO_SNDBUFFORCE
                s.sendto(bytes((1 << 20) + 1), sys.argv[1])
                """;
        try (var parley = Parley.listening("receive", "unix-dgram:" + path())) {
            assumeTrue(Credentials.own().uid() == 0, "only root can send so long a message");
            Command.output("python3", "-c", script, path());
            var said = parley.line();
            assertTrue(said.contains("1048577 bytes into room for 1048576"), said);
            assertEquals(5, parley.exitCode());
        }
        try (var parley = Parley.listening("receive", "unix-dgram:" + path(), "--peek", "-J")) {
            Command.output("python3", "-c", script, path());
            var line = parley.line();
            assertTrue(line.contains("\"bytes\":1048577,\"text\":\"\\u0000\\u0000"), line);
            assertEquals(0, parley.exitCode());
        }
    }

    /// Says how it learns of the end: a peer that leaves bytes unread resets the connection.
    private static final String ASKED =
            """
            import socket, sys
            s = socket.socket(socket.AF_UNIX, getattr(socket, sys.argv[2]))
            s.connect(sys.argv[1])
            s.send('größe'.encode())
            s.shutdown(socket.SHUT_WR)
            try:
                print(s.recv(9))
            except ConnectionResetError:
                print('left unread')
            """;

    @ParameterizedTest
    @CsvSource({"unix, SOCK_STREAM", "unix-seq, SOCK_SEQPACKET"})
    void whatIsPeekedIsLeftThere(String kind, String type) throws Exception {
        var address = kind + ":" + path() + ",listen";
        try (var parley = Parley.listening("receive", address)) {
            assertEquals("b''", Command.output("python3", "-c", ASKED, path(), type));
            assertEquals("größe", parley.rest().strip());
        }
        try (var parley = Parley.listening("receive", address, "--peek")) {
            assertEquals("left unread", Command.output("python3", "-c", ASKED, path(), type));
            assertEquals("größe", parley.rest().strip());
            assertEquals(0, parley.exitCode());
        }
        try (var parley = Parley.listening("receive", address, "--peek", "-J")) {
            assertEquals("left unread", Command.output("python3", "-c", ASKED, path(), type));
            var line = parley.line();
            var own = Credentials.own();
            var end = "\"uid\":%d,\"gid\":%d}".formatted(own.uid(), own.gid());
            assertTrue(line.contains("\"bytes\":7,\"text\":\"größe\",\"pid\":"), line);
            assertTrue(line.endsWith(end), line);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix-dgram:@NAME", "udp:127.0.0.1:0,listen"})
    void nothingToPeekIsNotWaitedForWithoutWish(String address) throws Exception {
        var whole = address.replace("@NAME", "@parley-" + directory.getFileName());
        assertEquals(75, Parley.run("receive", whole, "--peek", "--nonblock").status());
        assertEquals(124, Parley.run("receive", whole, "--peek", "--timeout", "10ms").status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"fifo:FIFO", "unix-dgram:@NAME", "udp:127.0.0.1:0,listen"})
    void nothingThereIsNotWaitedForWithoutWish(String address) throws Exception {
        var fifo = directory.resolve("fifo");
        var _ = NamedPipe.create(fifo);
        var whole =
                address.replace("FIFO", fifo.toString())
                        .replace("@NAME", "@parley-" + directory.getFileName());
        var none = Parley.run("receive", whole, "--nonblock");
        assertEquals(75, none.status(), none.err());
        var late = Parley.run("receive", whole, "--timeout", "10ms");
        assertEquals(124, late.status(), late.err());
        assertEquals("", none.out() + late.out());
    }

    @Test
    void whatIsThereIsTakenWithoutWaiting() throws Exception {
        var script =
                "import socket; s = socket.create_server(('127.0.0.1', 0)); print('ready');"
                        + " print(s.getsockname()[1], flush=True)\n"
                        + "while True: c = s.accept()[0]; c.sendall(b'now'); input()";
        try (var server = Parley.python(script)) {
            var address = "tcp:127.0.0.1:" + server.line();
            var late = Parley.run("receive", address, "--timeout", "1s");
            assertEquals("now", late.out());
            assertEquals(124, late.status());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "unix:/x -c2|2|is a stream, which has no messages to count",
                "udp:127.0.0.1:9 -c0|2|a number from 1 on",
                "udp:127.0.0.1:9 -c1 --follow|2|-c ends it, and --follow does not",
                "udp:127.0.0.1:9 --raw -J|2|--raw or --json",
                "udp:127.0.0.1:9 --peek -c1|2|no -c, no --follow",
                "udp:127.0.0.1:9 --peek --follow|2|no -c, no --follow",
                "fifo:/x --peek|2|cannot be peeked: sockets, msg:, messages and mailboxes can",
                "file:/x --peek|2|cannot be peeked: sockets, msg:, messages and mailboxes can",
                "exec:x --peek|2|cannot be peeked: sockets, msg:, messages and mailboxes can",
                "- --peek|2|cannot be peeked: sockets, msg:, messages and mailboxes can",
                "pipe:x|2|pipe: is not yet known to this version",
                "unix:DIR/none|3|there is no none",
                "unix:DIR/none/s,listen|3|",
                "fifo:DIR|1|",
                "file:DIR|1|is a directory",
                "file:/none|3|",
                "tcp:127.0.0.1:1|1|nobody listens there",
                "udp:192.0.2.1:9|1|no interface of this host has this address",
            })
    void whatCannotBeIsSaid(String words, int status, String said) throws Exception {
        var arguments = ("receive " + words).replace("DIR", directory.toString()).split(" ");
        var result = Parley.run(arguments);
        assertEquals(status, result.status(), result.err());
        assertTrue(result.err().contains(said == null ? "" : said), result.err());
        assertEquals("", result.out());
    }

    @Test
    void aCommandIsReadAndItsStatusCounts() throws Exception {
        var result = Parley.run("receive", "exec:echo words; exit 3");
        assertEquals("words\n", result.out());
        assertEquals(1, result.status());
        assertTrue(result.err().endsWith("the command exited with 3\n"), result.err());
    }

    @Test
    void aReaderThatHasEnoughEndsIt() throws Exception {
        var receive = Parley.quoted("receive", "exec:yes");
        var script = "{ " + receive + "; echo $? >&2; } | head -c1";
        assertEquals("y141", shell(script).replace("\n", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--raw", "--json"})
    void aFullDiskEndsIt(String form) throws Exception {
        var receive = Parley.quoted("receive", "exec:yes", form);
        var said = shell(receive + " >/dev/full; echo $?");
        assertTrue(said.contains("standard output: ENOSPC"), said);
        assertTrue(said.endsWith("5"), said);
    }

    @Test
    void aFullDiskEndsTheFollowingToo() throws Exception {
        var receive = Parley.quoted("receive", "fifo:" + path(), "--follow");
        var _ = NamedPipe.create(Path.of(path()));
        var said = shell("echo x >" + path() + " & " + receive + " >/dev/full; echo $?");
        assertTrue(said.contains("standard output: ENOSPC"), said);
        assertTrue(said.endsWith("5"), said);
    }

    @Test
    void aReaderThatHasEnoughEndsTheFollowing() throws Exception {
        var name = "unix-dgram:" + path();
        var receive = Parley.quoted("receive", name, "--follow");
        try (var shell = Peer.start(List.of("sh", "-c", receive + " 2>&1 | sed -u 2q"))) {
            assertEquals("listening on " + name, shell.line());
            assertEquals(0, Parley.run("send", name, "x").status());
            assertEquals("x", shell.line());
            while (Parley.run("send", name, "y").status() == 0) {} // until it has seen it
            assertTrue(Files.notExists(Path.of(path())));
        }
    }

    private static String shell(String script) throws IOException, InterruptedException {
        return Command.output("sh", "-c", script);
    }

    @Test
    void aReaderThatReadsNothingDoesNotKeepItFromEnding() throws Exception {
        var process = new ProcessBuilder(Packaged.command("receive", "exec:yes")).start();
        try (var parley = process.getInputStream()) {
            assertEquals('y', parley.read());
            Signals.send(process.pid(), Signal.TERM); // the pipe is full, or will be
            assertEquals(143, process.waitFor());
        }
    }
}
