package parley.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.os.Credentials;
import parley.peer.Command;
import parley.peer.OtherUser;
import parley.peer.Peer;

/// A query to PostgreSQL over its Unix socket, whose path is longer than a socket's name may be:
/// the server binds it as a relative one.
@Timeout(120)
@SuppressWarnings("try") // closing early is part of the tests
class PostgresTest extends SocketTest {
    private static final Path DEBIANS = Path.of("/usr/lib/postgresql");
    private static final int PROTOCOL_3_0 = 3 << 16;
    private static final int PLAIN_PATH_BYTES_MAX = 107;

    /// A program of the newest PostgreSQL that is installed; Debian's are not in `PATH`.
    private static String program(String name) throws IOException {
        try (var versions = Files.isDirectory(DEBIANS) ? Files.list(DEBIANS) : Stream.<Path>of()) {
            var found =
                    versions.map(version -> version.resolve("bin").resolve(name))
                            .filter(Files::isExecutable)
                            .max(Path::compareTo);
            if (found.isPresent()) {
                return found.get().toString();
            }
        }
        Command.require(name);
        return name;
    }

    /// PostgreSQL refuses to run as root.
    private static List<String> asUser(String... words) {
        var all = new ArrayList<String>();
        if (Credentials.own().uid() == 0) {
            Command.require("setpriv");
            all.addAll(OtherUser.NOBODY);
        }
        all.addAll(List.of(words));
        return all;
    }

    @Test
    void aQueryIsAnswered() throws Exception {
        var initdb = program("initdb");
        var postgres = program("postgres");
        var everybody = PosixFilePermissions.fromString("rwxrwxrwx");
        Files.setPosixFilePermissions(directory, everybody);
        var data = directory.resolve("x".repeat(PLAIN_PATH_BYTES_MAX));
        var path = data.resolve(".s.PGSQL.5432");
        assertTrue(path.toString().length() > PLAIN_PATH_BYTES_MAX);
        var readable = Command.run(asUser("test", "-x", directory.toString())).exitCode() == 0;
        assumeTrue(readable, "another user cannot reach " + directory);
        Command.output(
                asUser(initdb, "-D", "" + data, "-A", "trust", "-U", "tester", "-N", "-E", "UTF8"));
        var serve =
                asUser(
                        postgres,
                        "-D",
                        "" + data,
                        "-k",
                        ".",
                        "-h",
                        "",
                        "-F",
                        "-c",
                        "shared_buffers=1MB",
                        "-c",
                        "max_connections=5");
        try (var server = Peer.start(serve)) {
            awaitReady(server);
            try (var socket = UnixStreamSocket.connect(UnixAddress.path(path))) {
                assertEquals(server.pid(), socket.peer().pid());
                assertEquals("42", query(socket, "SELECT 6 * 7"));
            } finally {
                Command.output(asUser("kill", "-INT", "" + server.pid())); // leaves no memory
                assertEquals(0, server.exitCode());
            }
        }
    }

    private static void awaitReady(Peer server) throws IOException {
        var line = server.line();
        while (!line.contains("ready to accept connections")) {
            assertNotEquals("null", line);
            line = server.line();
        }
    }

    /// The one value that a query gives. See PostgreSQL's "Frontend/Backend Protocol".
    private static String query(UnixStreamSocket socket, String text) throws IOException {
        var input = new DataInputStream(socket.inputStream());
        var output = new DataOutputStream(socket.outputStream());
        output.write(startup());
        assertArrayEquals(new byte[Integer.BYTES], awaitMessage(input, 'R')); // AuthenticationOk
        awaitMessage(input, 'Z'); // ReadyForQuery
        var words = (text + "\0").getBytes(UTF_8);
        output.writeByte('Q');
        output.writeInt(Integer.BYTES + words.length);
        output.write(words);
        var row = new String(awaitMessage(input, 'D'), UTF_8); // a count, a length, the value
        awaitMessage(input, 'Z');
        output.write(new byte[] {'X', 0, 0, 0, Integer.BYTES});
        return row.substring(Short.BYTES + Integer.BYTES);
    }

    private static byte[] startup() throws IOException {
        var words = "user\0tester\0database\0postgres\0\0".getBytes(UTF_8);
        var message = new ByteArrayOutputStream();
        var output = new DataOutputStream(message);
        output.writeInt(Integer.BYTES * 2 + words.length);
        output.writeInt(PROTOCOL_3_0);
        output.write(words);
        return message.toByteArray();
    }

    /// Reads messages until one of a type, and returns what that carries.
    private static byte[] awaitMessage(DataInputStream input, char type) throws IOException {
        while (true) {
            int came = input.readUnsignedByte();
            var body = input.readNBytes(input.readInt() - Integer.BYTES);
            assertNotEquals('E', came, () -> new String(body, UTF_8));
            if (came == type) {
                return body;
            }
        }
    }
}
