package parley.bench.transports;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import parley.bench.Partner;
import parley.bench.Placement;
import parley.bench.Respondent;
import parley.os.Fd;
import parley.pipe.NamedPipe;
import parley.pipe.Pipe;
import parley.process.ChildProcess;
import parley.tool.demo.Closing;

/// Two processes with a transport between them: two JVMs, or twice the program in C.
final class Pair implements AutoCloseable {
    private final Closing end = new Closing();
    private final Respondent active;

    /// @param program the words that start a side; those of the transport follow
    /// @throws IOException if a process cannot be started, or they cannot be connected
    Pair(List<String> program, Transport transport, Placement placement) throws Exception {
        boolean isStarted = false;
        try {
            var directory = directory();
            var objects = KernelObjects.make(transport, end);
            var there = end.add(Pipe.create());
            var back = end.add(Pipe.create());
            var life = end.add(Pipe.create());
            var echo = new ArrayList<>(placement.echo());
            echo.addAll(program);
            echo.addAll(List.of(transport.word(), Side.PASSIVE, directory));
            echo.addAll(objects.words());
            var memory = objects.memory().fd();
            var given = List.of(there.source().fd(), back.sink().fd(), memory);
            var passive = start(echo, given, life);
            var trips = new ArrayList<>(placement.trips());
            trips.addAll(program);
            trips.addAll(List.of(transport.word(), Side.ACTIVE, directory));
            trips.addAll(objects.words());
            given = List.of(back.source().fd(), there.sink().fd(), memory);
            active = new Respondent(start(trips, given, life));
            // The other one would wait for it for ever.
            var _ = passive.onExit().thenRun(() -> Partner.kill(active.child()));
            introduce(new Respondent(passive), active);
            isStarted = true;
        } finally {
            if (!isStarted) {
                end.close();
            }
        }
    }

    private String directory() throws IOException {
        var directory = Files.createTempDirectory("parley-bench-");
        end.add(() -> Files.delete(directory));
        for (var name : List.of(Side.ACTIVE, Side.PASSIVE)) {
            end.add(() -> Files.deleteIfExists(directory.resolve(name)));
        }
        for (var name : List.of("there", "back")) {
            makeFifo(directory.resolve(name));
        }
        return directory.toString();
    }

    private void makeFifo(Path path) throws IOException {
        var _ = NamedPipe.create(path);
        end.add(() -> NamedPipe.unlink(path));
    }

    private ChildProcess start(List<String> command, List<Fd> descriptors, Pipe life)
            throws Exception {
        return Partner.start(command, descriptors, life, end);
    }

    /// Each is told the other's name, connects, and says when it has. Only then may one send: the
    /// JDK's datagram channel drops what comes before.
    private static void introduce(Respondent first, Respondent second) throws Exception {
        var firstName = line(first.child());
        first.tell(line(second.child()));
        second.tell(firstName);
        var _ = line(first.child());
        var _ = line(second.child());
    }

    private static String line(ChildProcess child) throws Exception {
        var in = child.stdout().inputStream();
        var line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException(child + " has ended: " + child.awaitExit());
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.US_ASCII);
    }

    /// Messages are of this length from now on.
    void resize(int bytes) throws Exception {
        long[] _ = active.ask("resize " + bytes, 1);
    }

    /// Makes round trips.
    ///
    /// @return the nanoseconds of each
    long[] trips(int count) throws Exception {
        return active.ask("trips " + count, count);
    }

    /// How long many messages took together, and what they left.
    ///
    /// @param bytesAllocated by both processes; 0 in C
    record Flood(long nanos, long bytesAllocated) {}

    /// Sends messages one after the other.
    ///
    /// @param window after how many an acknowledgement is waited for
    Flood flood(int count, int window) throws Exception {
        long[] both = active.ask("flood " + count + " " + window, 2);
        return new Flood(both[0], both[1]);
    }

    @Override
    public void close() throws IOException {
        end.close();
    }
}
