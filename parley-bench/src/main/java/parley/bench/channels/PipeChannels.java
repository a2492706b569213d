package parley.bench.channels;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import parley.bench.Partner;
import parley.os.Fd;
import parley.pipe.PipeSink;
import parley.pipe.PipeSource;

/// Parley's pipes. Each process was given both ends of both, uses those that its role has, and
/// keeps them.
public final class PipeChannels implements ChannelLibrary {
    private final List<Fd> given = new ArrayList<>();

    @Override
    public ChannelEnds open(String mechanism, Side side, Cargo cargo) throws IOException {
        if (given.isEmpty()) {
            for (int i = 0; i < Crew.PIPE_ENDS; i++) {
                given.add(Partner.given(i));
            }
        }
        var source = given.get(side.isSender() ? Crew.BACK_SOURCE : Crew.THERE_SOURCE);
        var sink = given.get(side.isSender() ? Crew.THERE_SINK : Crew.BACK_SINK);
        return new Ends(cargo, PipeSource.of(source), PipeSink.of(sink));
    }

    private static final class Ends implements ChannelEnds {
        private final Cargo cargo;
        private final PipeSource source;
        private final PipeSink sink;
        private final MemorySegment outgoing;
        private final MemorySegment incoming;

        Ends(Cargo cargo, PipeSource source, PipeSink sink) {
            this.cargo = cargo;
            this.source = source;
            this.sink = sink;
            outgoing = MemorySegment.ofBuffer(Cargo.outgoing()).asSlice(0, cargo.bytes());
            incoming = MemorySegment.ofBuffer(Cargo.incoming()).asSlice(0, cargo.bytes());
        }

        @Override
        public boolean trySend() throws IOException {
            sink.write(outgoing);
            return true;
        }

        @Override
        public int receive() throws IOException {
            for (long received = 0; received < incoming.byteSize(); ) {
                int length = source.read(received == 0 ? incoming : incoming.asSlice(received));
                if (length < 0) {
                    throw new EOFException();
                }
                received += length;
            }
            cargo.took();
            return 1;
        }
    }
}
