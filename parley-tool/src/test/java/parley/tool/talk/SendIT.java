package parley.tool.talk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import parley.peer.Command;
import parley.peer.Peer;
import parley.pipe.NamedPipe;
import parley.tool.demo.Packaged;

/// `parley send` as its user sees it, with programs that know nothing of Parley.
@Timeout(120)
class SendIT {
    /// Listens, and prints what comes: each message, or all of a stream.
    private static final String RECEIVER =
            """
            import os, socket, sys
            kind, name = sys.argv[1:3]
            family = socket.AF_INET if kind in ('tcp', 'udp') else socket.AF_UNIX
            type = {'unix': socket.SOCK_STREAM, 'tcp': socket.SOCK_STREAM,
                    'unix-seq': socket.SOCK_SEQPACKET}.get(kind, socket.SOCK_DGRAM)
            s = socket.socket(family, type)
            s.bind(('127.0.0.1', 0) if family == socket.AF_INET else name.replace('@', chr(0)))
            if type != socket.SOCK_DGRAM:
                s.listen()
            print('ready', flush=True)
            if family == socket.AF_INET:
                print(s.getsockname()[1], flush=True)
            if type != socket.SOCK_DGRAM:
                s = s.accept()[0]
            if type == socket.SOCK_STREAM:
                print(s.makefile('rb').read(), flush=True)
            else:
                for _ in range(int(sys.argv[3])):
                    print(s.recv(1 << 20), flush=True)
            """;

    @TempDir private Path directory;

    private Peer receiver(String kind, String name, int messages) throws Exception {
        return Parley.python(RECEIVER, kind, name, "" + messages);
    }

    private Path file(byte[] content) throws Exception {
        return Files.write(directory.resolve("content"), content);
    }

    private static void succeeds(Packaged.Result result) {
        assertEquals(0, result.status(), result.err());
        assertEquals("", result.out() + result.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix", "unix-seq", "unix-dgram"})
    void textGoesThroughAUnixSocket(String kind) throws Exception {
        var name = directory.resolve("s").toString();
        try (var python = receiver(kind, name, 1)) {
            succeeds(Parley.run("send", kind + ":" + name, "hello, ü"));
            assertEquals("b'hello, \\xc3\\xbc'", python.line());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "udp"})
    void textGoesThroughTheInternet(String kind) throws Exception {
        try (var python = receiver(kind, "", 1)) {
            succeeds(Parley.run("send", kind + ":127.0.0.1:" + python.line(), "hello"));
            assertEquals("b'hello'", python.line());
        }
    }

    @Test
    void anAbstractNameOfAnyBytes() throws Exception {
        var name = "@parley, " + directory.getFileName();
        try (var python = receiver("unix-seq", name, 1)) {
            succeeds(Parley.run("send", "unix-seq:" + name.replace(",", "\\,"), "x"));
            assertEquals("b'x'", python.line());
        }
    }

    @Test
    void standardInputIsOneMessageOfAnyBytes() throws Exception {
        var name = directory.resolve("s").toString();
        try (var python = receiver("unix-dgram", name, 2)) {
            var bytes = new byte[] {0, '\n', (byte) 0xff, '\n'};
            succeeds(Parley.runWithInput(file(bytes), "send", "unix-dgram:" + name));
            assertEquals("b'\\x00\\n\\xff\\n'", python.line());
            succeeds(Parley.run("send", "unix-dgram:" + name));
            assertEquals("b''", python.line());
        }
    }

    @Test
    void eachLineIsAMessage() throws Exception {
        var name = directory.resolve("s").toString();
        var long1 = "x".repeat(100_000);
        var lines = file(("first\n\n" + long1 + "\nlast").getBytes(StandardCharsets.UTF_8));
        try (var python = receiver("unix-seq", name, 4)) {
            succeeds(Parley.runWithInput(lines, "send", "unix-seq:" + name, "--lines"));
            assertEquals("b'first'", python.line());
            assertEquals("b''", python.line());
            assertEquals("b'" + long1 + "'", python.line());
            assertEquals("b'last'", python.line());
        }
    }

    @Test
    void eachLineOfAStreamIsEnded() throws Exception {
        var name = directory.resolve("s").toString();
        try (var python = receiver("unix", name, 0)) {
            succeeds(Parley.run("send", "unix:" + name, "a\nb", "--lines", "-c2", "-i1ms"));
            assertEquals("b'a\\nb\\na\\nb\\n'", python.line());
        }
    }

    @Test
    void aFileIsSentSoOften() throws Exception {
        var name = directory.resolve("s").toString();
        var content = file("content".getBytes(StandardCharsets.UTF_8)).toString();
        try (var python = receiver("unix-dgram", name, 3)) {
            succeeds(Parley.run("send", "unix-dgram:" + name, "-f", content, "-c3"));
            for (int i = 0; i < 3; i++) {
                assertEquals("b'content'", python.line());
            }
        }
    }

    @Test
    void theServerSideServesOne() throws Exception {
        var name = directory.resolve("s").toString();
        var client =
                "import socket,sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
                        + " print(s.makefile().read())";
        try (var parley = Parley.listening("send", "unix:" + name + ",listen", "to the first")) {
            assertEquals("to the first", Command.output("python3", "-c", client, name));
            assertEquals(0, parley.exitCode());
            assertTrue(Files.notExists(Path.of(name)));
        }
    }

    @ParameterizedTest
    @CsvSource({"unix, SOCK_STREAM", "unix-seq, SOCK_SEQPACKET", "unix-dgram, SOCK_DGRAM"})
    void descriptorsGoAlong(String kind, String type) throws Exception {
        var receiver =
                """
                import os, socket, sys
                s = socket.socket(socket.AF_UNIX, getattr(socket, sys.argv[2]))
                s.bind(sys.argv[1])
                if s.type != socket.SOCK_DGRAM:
                    s.listen()
                print('ready', flush=True)
                if s.type != socket.SOCK_DGRAM:
                    s = s.accept()[0]
                text, fds, _, _ = socket.recv_fds(s, 100, 9)
                print(text, [os.read(fd, 100) for fd in fds])
                """;
        var name = directory.resolve("s").toString();
        var content = file("in a file".getBytes(StandardCharsets.UTF_8));
        try (var python = Parley.python(receiver, name, type)) {
            var path = content.toString();
            succeeds(
                    Parley.runWithInput(
                            content,
                            "send",
                            kind + ":" + name,
                            "take",
                            "--fd",
                            "0",
                            "--fd",
                            path,
                            "--timeout",
                            "1m"));
            // The first is our standard input itself, which nothing was read from.
            assertEquals("b'take' [b'in a file', b'in a file']", python.line());
        }
    }

    @Test
    void aFifoThatAShellReads() throws Exception {
        var fifo = directory.resolve("a,b");
        var _ = NamedPipe.create(fifo);
        try (var shell = Peer.start(List.of("sh", "-c", "cat <\"$0\"", fifo.toString()))) {
            var address = "fifo:" + fifo.toString().replace(",", "\\,");
            succeeds(Parley.run("send", address, "through a FIFO"));
            assertEquals("through a FIFO", shell.rest());
        }
    }

    @Test
    void aFileIsWritten() throws Exception {
        var file = directory.resolve("log");
        succeeds(Parley.run("send", "file:" + file, "one\n"));
        succeeds(Parley.run("send", "file:" + file + ",append", "two\n"));
        assertEquals("one\ntwo\n", Files.readString(file));
    }

    @Test
    void aCommandReadsAndItsStatusCounts() throws Exception {
        var result = Parley.run("send", "exec:tr a-z A-Z", "words");
        assertEquals("WORDS", result.out());
        assertEquals(0, result.status());
        result = Parley.run("send", "exec:cat >&2; exit 3", "words");
        assertEquals(1, result.status());
        assertTrue(result.err().endsWith("the command exited with 3\n"), result.err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "foo:x text|2|is no address: known are fifo:/path",
                "unix-seq:/x,lisen text|2|a comma that is part of a name is written",
                "udp:127.0.0.1:9,listen x|2|send goes to those who listen",
                "fifo:/x -c2|2|standard input is there once",
                "fifo:/x x -c0|2|a number from 1 on",
                "fifo:/x x -f /x|2|TEXT or -f FILE",
                "tcp:127.0.0.1:9 x --fd 0|2|descriptors pass through Unix sockets only",
                "unix:/nowhere/s x|3|there is no directory /nowhere",
                "unix-dgram:DIR/none x|3|there is no none",
                "fifo:DIR/none x|3|there is no none",
                "unix:@parley-nobody x|1|nobody listens under this abstract name",
                "unix:/etc/passwd x|1|/etc/passwd is a file, not a socket",
                "unix:DIR x|1|is a directory, not a socket",
                "file:DIR x|1|is a directory",
                "tcp:no-such-host.invalid:1 x|3|no-such-host.invalid",
                "unix:@x -f DIR/none|3|there is no none",
                "unix:@x y --fd 999|1|EBADF",
                "fifo:FIFO x --nonblock|75|it would have to wait",
                "fifo:FIFO x --timeout 10ms|124|the time is over",
                "unix:@parley-DIR,listen x --timeout 10ms|124|the time is over",
                "unix:@parley-DIR,listen x --nonblock|75|it would have to wait",
            })
    void whatCannotBeIsSaid(String words, int status, String said) throws Exception {
        var fifo = directory.resolve("fifo");
        var _ = NamedPipe.create(fifo);
        var arguments =
                ("send " + words)
                        .replace("@parley-DIR", "@parley-" + directory.getFileName())
                        .replace("DIR", directory.toString())
                        .replace("FIFO", fifo.toString())
                        .split(" ");
        var result = Parley.run(arguments);
        assertEquals(status, result.status(), result.err());
        assertTrue(result.err().contains(said), result.err());
        assertEquals("", result.out());
    }

    @Test
    void aMessageThatIsTooLongSaysTheLimit() throws Exception {
        var name = directory.resolve("s").toString();
        var content = file(new byte[1 << 20]);
        try (var _ = receiver("unix-dgram", name, 1)) {
            var result = Parley.runWithInput(content, "send", "unix-dgram:" + name);
            assertEquals(5, result.status());
            assertTrue(result.err().contains("EMSGSIZE"), result.err());
            assertTrue(result.err().contains("net.core.wmem_default"), result.err());
        }
        var result = Parley.runWithInput(content, "send", "udp:127.0.0.1:9");
        assertEquals(5, result.status());
        assertTrue(result.err().contains("at most 65507 bytes"), result.err());
    }

    @Test
    void aReceiverThatHasNoRoomIsNotWaitedForWithoutWish() throws Exception {
        var name = directory.resolve("s").toString();
        var holder =
                "import socket,sys; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM);"
                        + " s.bind(sys.argv[1]); print('ready', flush=True); input()";
        try (var _ = Parley.python(holder, name)) {
            var full = Parley.run("send", "unix-dgram:" + name, "x", "-c9999", "--nonblock");
            assertEquals(75, full.status(), full.err());
            var late = Parley.run("send", "unix-dgram:" + name, "x", "--timeout", "10ms");
            assertEquals(124, late.status(), late.err());
        }
    }

    @Test
    void aPeerThatGoesIsAFailure() throws Exception {
        var receiver =
                "import socket,sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]);"
                        + " s.listen(); print('ready', flush=True); c = s.accept()[0]; c.recv(1)";
        var name = directory.resolve("s").toString();
        try (var _ = Parley.python(receiver, name)) {
            var result = Parley.run("send", "unix:" + name, "-f", "/dev/zero");
            assertEquals(1, result.status());
            assertTrue(result.err().contains("EPIPE") || result.err().contains("ECONNRESET"));
        }
    }
}
