package parley;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.os.Limit;
import parley.peer.Command;

/// The echo servers of `examples`, each a process of its own, with Python's clients at once: half
/// of them vanish in the middle, which harms nobody else, and nothing is left of any.
class EchoServersIT {
    private static final int SIGTERM_STATUS = 128 + 15;
    private static final int SECONDS_MAX = 60; // ends a hang
    private static final int DESCRIPTORS_MIN = 1200;
    private static final int THREADS_MAX = 100; // what a JVM has by itself, and more
    private static final Pattern CLIENTS_SAY =
            Pattern.compile(
                    """
                    (\\d+) connections at once: (\\d+) threads, (\\d+) children, \\d+ KiB for each
                    (\\d+) vanished; (\\d+) had every byte and the end\
                    """);

    @TempDir Path folder;

    enum Server {
        WAITER("EchoWithReadiness.java", "waiter", 1000, 0),
        EPOLL("EchoWithReadiness.java", "epoll", 1000, 0),
        POLL("EchoWithReadiness.java", "poll", 1000, 0),
        SELECT("EchoWithReadiness.java", "select", 900, 0), // FD_SETSIZE is 1024
        THREADS("EchoWithThreads.java", "", 1000, 0),
        CHILDREN("EchoWithChildren.java", "", 1000, 1000);

        final String program;
        final String way;
        final int clients;
        final int children;

        Server(String program, String way, int clients, int children) {
            this.program = program;
            this.way = way;
            this.clients = clients;
            this.children = children;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aServerServesAThousandClientsAndHasNothingLeftOfThem(Server server) throws Exception {
        assumeTrue(
                Limit.RLIMIT_NOFILE.hardValue().orElseThrow() >= DESCRIPTORS_MIN,
                "RLIMIT_NOFILE cannot be raised far enough");
        var path = folder.resolve("echo");
        var process = Examples.start(folder, server.program, path.toString(), server.way);
        try (var says = process.inputReader()) {
            var first = String.valueOf(says.readLine());
            assertTrue(first.endsWith(" on unix:" + path), first);

            assertServes(path, server.clients, server.children);
            awaitNothingIsLeft(process.pid());
            assertServes(path, 40, server.children == 0 ? 0 : 40);
            awaitNothingIsLeft(process.pid());

            assertTrue(process.toHandle().destroy()); // that of Process closes its output too
            assertEquals(List.of(), says.lines().toList());
            assertEquals(SIGTERM_STATUS, process.waitFor());
        } finally {
            process.destroyForcibly();
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    private static void assertServes(Path path, int clients, int children) throws Exception {
        var program = Docs.root().resolve("examples/echo_clients.py").toString();
        var said = Command.output("python3", program, path.toString(), "" + clients);
        var found = CLIENTS_SAY.matcher(said);
        assertTrue(found.matches(), said);
        assertEquals(clients, Integer.parseInt(found.group(1)));
        assertTrue(Integer.parseInt(found.group(2)) < THREADS_MAX, said);
        assertEquals(children, Integer.parseInt(found.group(3)));
        assertEquals(clients / 2, Integer.parseInt(found.group(4)));
        assertEquals(clients - clients / 2, Integer.parseInt(found.group(5)));
    }

    /// The server learns of the last end a moment later than the client.
    private static void awaitNothingIsLeft(long pid) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
        for (var left = left(pid); !left.isEmpty(); left = left(pid)) {
            assertTrue(System.nanoTime() < end, "left in the server: " + left);
            Thread.onSpinWait();
        }
    }

    /// Its children, zombies too, and descriptors of connections and children.
    private static List<String> left(long pid) throws Exception {
        var left = new ArrayList<String>();
        var process = Path.of("/proc/" + pid);
        for (var thread : list(process.resolve("task"))) {
            left.addAll(ifThere(() -> Files.readAllLines(thread.resolve("children"))));
        }
        for (var number : list(process.resolve("fd"))) {
            left.addAll(ifThere(() -> List.of(Files.readSymbolicLink(number).toString())));
        }
        left.removeIf(each -> !each.matches("[\\d ]+|socket:.*|.*pidfd.*"));
        var listener = left.stream().filter(each -> each.startsWith("socket:")).findFirst();
        left.remove(listener.orElseThrow());
        return left;
    }

    /// Nothing, if the thread has ended or the descriptor was closed since it was listed.
    private static List<String> ifThere(Callable<List<String>> read) throws Exception {
        try {
            return read.call();
        } catch (IOException _) {
            return List.of();
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
