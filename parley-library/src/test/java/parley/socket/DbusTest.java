package parley.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.peer.Peer;
import parley.pipe.Pipe;
import parley.pipe.PipeSource;

/// A message bus of our own: dbus-daemon reads who we are from the socket, answers a call, and
/// passes on a descriptor.
@Timeout(60)
@SuppressWarnings("try") // closing early is part of the tests
class DbusTest extends SocketTest {
    private static final String CONFIGURATION =
            """
            <busconfig>
              <listen>unix:path=PATH</listen>
              <auth>EXTERNAL</auth>
              <policy context="default">
                <allow send_destination="*"/>
                <allow receive_sender="*"/>
              </policy>
            </busconfig>
            """;

    private Peer start() throws Exception {
        var file = directory.resolve("bus.conf");
        Files.writeString(file, CONFIGURATION.replace("PATH", directory + "/bus"));
        var daemon =
                Peer.start(
                        List.of(
                                "dbus-daemon",
                                "--config-file=" + file,
                                "--nofork",
                                "--nopidfile",
                                "--print-address"));
        var line = daemon.line();
        assertTrue(line.startsWith("unix:path=" + directory), line);
        return daemon;
    }

    @Test
    void aMethodIsCalledAndADescriptorPassed() throws Exception {
        try (var _ = start();
                var one = DbusConnection.connect(path("bus"));
                var other = DbusConnection.connect(path("bus"));
                var pipe = Pipe.create()) {
            one.call(DbusConnection.DAEMON, "Hello");
            assertEquals(":1.0", one.answer().text());
            other.call(DbusConnection.DAEMON, "Hello");
            var name = other.answer().text();
            one.call(DbusConnection.DAEMON, "GetId");
            assertTrue(one.answer().text().matches("[0-9a-f]{32}"));

            one.call(name, "Take", pipe.source().fd());
            pipe.sink().write(bytes("over the bus"));
            pipe.sink().close();
            try (var source = PipeSource.of(other.called().fds().getFirst())) {
                assertEquals(
                        "over the bus", new String(source.inputStream().readAllBytes(), UTF_8));
            }
        }
    }
}
