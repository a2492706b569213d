package parley.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parley.kernel.Faults;
import parley.os.SocketFile.Owner;
import parley.peer.Peer;

class SocketFileTest {
    private static final String PYTHON =
            """
            import os, socket, sys
            s = socket.socket(socket.AF_UNIX, getattr(socket, 'SOCK_' + sys.argv[2]))
            s.bind(sys.argv[1] + '.aside')
            os.rename(sys.argv[1] + '.aside', sys.argv[1])
            print('bound', flush=True)
            sys.stdin.readline()
            """;

    @TempDir private Path folder;

    /// The kernel's list has the name it was bound to.
    @ParameterizedTest
    @ValueSource(strings = {"STREAM", "SEQPACKET", "DGRAM"})
    void aRenamedFileHasAnOwnerAsLongAsItsProcessLives(String type) throws Exception {
        var file = folder.resolve("socket").toString();
        try (var peer = Peer.start(List.of("python3", "-c", PYTHON, file, type))) {
            assertEquals("bound", peer.line());
            assertEquals(Owner.LIVE, SocketFile.owner(file));
            peer.kill();
        }
        assertEquals(Owner.GONE, SocketFile.owner(file));
        Files.delete(Path.of(file));
        assertEquals(Owner.GONE, SocketFile.owner(file));
    }

    @Test
    void theLongestNameIsAsked() throws Exception {
        var name = "x".repeat(106 - folder.toString().length() - 1);
        var file = folder.resolve(name);
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(file));
            assertEquals(Owner.LIVE, SocketFile.owner(file.toString()));
        }
        assertEquals(Owner.GONE, SocketFile.owner(file.toString()));
        assertEquals(Owner.GONE, SocketFile.owner(file + "xxx"));
        var none = file + "x".repeat(100);
        assertThrows(IllegalArgumentException.class, () -> SocketFile.owner(none));
    }

    @Test
    void anAnswerThatTellsNothingIsUnknown() throws Exception {
        var file = folder.resolve("socket").toString();
        try (var _ = Faults.fail("connect", 1, Errno.EACCES.number())) {
            assertEquals(Owner.UNKNOWN, SocketFile.owner(file));
        }
    }
}
