package parley.bench.waiting;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import parley.bench.Partner;
import parley.bench.Placement;
import parley.bench.waiting.Mechanism.Side;
import parley.pipe.Pipe;
import parley.process.ChildProcess;
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
            var _ = echo.onExit().thenRun(() -> Partner.kill(trips));
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
        return Partner.start(command, side.descriptors(), life, end);
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
