package parley.bench.waiting;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import parley.bench.waiting.Mechanism.Side;
import parley.pipe.Pipe;
import parley.process.ChildProcess;
import parley.process.Redirect;
import parley.process.Spawn;
import parley.tool.demo.Closing;

/// Two processes that make round trips between each other: two JVMs, or twice the program in C.
final class ProcessPair implements AutoCloseable, Turns.Side {
    private final Closing end = new Closing();
    private final ChildProcess trips;

    /// @param program the words that start a side; those of the mechanism follow
    /// @throws IOException if a process cannot be started
    ProcessPair(List<String> program, Mechanism mechanism, Placement placement) throws Exception {
        boolean isStarted = false;
        try {
            var offer = mechanism.offer().offer(end);
            var life = end.add(Pipe.create());
            var prefix = new ArrayList<>(placement.echo());
            prefix.addAll(program);
            var echo = start(prefix, mechanism, "echo", offer.echo(), life);
            prefix = new ArrayList<>(placement.trips());
            prefix.addAll(program);
            trips = start(prefix, mechanism, "trips", offer.trips(), life);
            // The other one would wait for it for ever.
            var _ = echo.onExit().thenRun(() -> kill(trips));
            isStarted = true;
        } finally {
            if (!isStarted) {
                end.close();
            }
        }
    }

    private ChildProcess start(
            List<String> program, Mechanism mechanism, String role, Side side, Pipe life)
            throws Exception {
        var command = new ArrayList<>(program);
        command.addAll(List.of(mechanism.name(), role));
        command.addAll(side.words());
        var spawn = Spawn.command(command).stdin(Redirect.pipe()).stdout(Redirect.pipe());
        var _ = spawn.give(TripProcess.LIFE, life.source().fd());
        for (int i = 0; i < side.descriptors().size(); i++) {
            var _ = spawn.give(Mechanism.FIRST_DESCRIPTOR + i, side.descriptors().get(i));
        }
        var child = end.add(spawn.start());
        end.add(() -> kill(child));
        return child;
    }

    private static void kill(ChildProcess child) {
        try {
            var _ = child.kill();
        } catch (IOException _) {
            // It has ended, or is about to: it finds the end of its life pipe.
        }
    }

    @Override
    public long[] trips(int count) throws Exception {
        trips.stdin().outputStream().write((count + "\n").getBytes(StandardCharsets.US_ASCII));
        var buffer = ByteBuffer.allocateDirect(count * Long.BYTES).order(ByteOrder.nativeOrder());
        while (buffer.hasRemaining()) {
            if (trips.stdout().read(buffer) < 0) {
                throw new EOFException(trips + " has ended: " + trips.awaitExit());
            }
        }
        var nanos = new long[count];
        buffer.flip().asLongBuffer().get(nanos);
        return nanos;
    }

    @Override
    public void close() throws IOException {
        end.close();
    }
}
