package parley.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.peer.Peer;

/// HTTP over Unix sockets with nginx: as its client, and as a server behind it.
@Timeout(60)
@SuppressWarnings("try") // closing early is part of the tests
class NginxTest extends SocketTest {
    private static final String CONFIGURATION =
            """
            daemon off; master_process off; pid PLACE/pid; error_log stderr notice;
            events {}
            http {
                access_log off;
                client_body_temp_path PLACE/body; proxy_temp_path PLACE/proxy;
                fastcgi_temp_path PLACE/fastcgi; uwsgi_temp_path PLACE/uwsgi;
                scgi_temp_path PLACE/scgi;
                server {
                    listen unix:PLACE/nginx;
                    location / { return 200 "from nginx"; }
                    location /java { proxy_pass http://unix:PLACE/java; }
                }
            }
            """;

    private Peer start() throws IOException {
        var file = directory.resolve("nginx.conf");
        Files.writeString(file, CONFIGURATION.replace("PLACE", directory.toString()));
        var place = directory.toString();
        var nginx = Peer.start(List.of("nginx", "-p", place, "-c", "" + file, "-e", "stderr"));
        var line = nginx.line();
        while (!line.contains("using the \"epoll\"")) { // it listens by now
            assertNotEquals("null", line);
            line = nginx.line();
        }
        return nginx;
    }

    private static void request(UnixStreamSocket socket, String path) throws IOException {
        socket.write(bytes("GET " + path + " HTTP/1.0\r\nHost: localhost\r\n\r\n"));
    }

    private static String readAll(UnixStreamSocket socket) throws IOException {
        return new String(socket.inputStream().readAllBytes(), UTF_8);
    }

    @Test
    void aRequestIsAnswered() throws Exception {
        try (var nginx = start();
                var socket = UnixStreamSocket.connect(path("nginx"))) {
            assertEquals(nginx.pid(), socket.peer().pid());
            request(socket, "/");
            var answer = readAll(socket);
            assertTrue(answer.startsWith("HTTP/1.1 200 OK\r\n"), answer);
            assertTrue(answer.endsWith("\r\n\r\nfrom nginx"), answer);
        }
    }

    @Test
    void aServerBehindItIsAsked() throws Exception {
        try (var listener = UnixStreamListener.listen(path("java"));
                var nginx = start();
                var client = UnixStreamSocket.connect(path("nginx"))) {
            request(client, "/java");
            try (var server = listener.accept()) {
                assertEquals(nginx.pid(), server.peer().pid());
                var into = room(1000);
                int length = server.read(into);
                assertTrue(text(into, length).startsWith("GET /java HTTP/1.0\r\n"));
                server.write(bytes("HTTP/1.0 200 OK\r\n\r\nfrom java"));
            }
            assertTrue(readAll(client).endsWith("\r\n\r\nfrom java"));
        }
    }
}
