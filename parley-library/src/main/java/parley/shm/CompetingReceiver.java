package parley.shm;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import parley.ready.Outcome;

/// One of those who compete for the messages of a ring: [Delivery#COMPETING].
final class CompetingReceiver extends RingReceiver {
    private final CompetingReader reader;
    private MemorySegment copy = MemorySegment.NULL; // of the message that is being handled

    CompetingReceiver(SharedRing ring, CompetingReader reader, RingUse use) {
        super(ring, use);
        this.reader = reader;
    }

    @Override
    public int tryReceive(MemorySegment into) throws IOException {
        int bytes = take(into);
        if (bytes > into.byteSize()) {
            throw tooSmall(into.byteSize(), bytes);
        }
        return bytes;
    }

    private int take(MemorySegment into) throws IOException {
        use.enter();
        try {
            return reader.take(into);
        } catch (IllegalStateException e) {
            throw ring.failed(e);
        } finally {
            use.exit();
        }
    }

    @Override
    public int drain(MessageHandler handler, int limit) throws IOException {
        if (copy.byteSize() == 0) {
            copy = Arena.ofAuto().allocate(ring.messageBytesMax(), Long.BYTES);
        }
        int taken = 0;
        while (taken < limit) {
            int bytes = take(copy);
            if (bytes == Outcome.NOTHING) {
                return taken == 0 ? Outcome.NOTHING : taken;
            }
            taken++;
            if (!handler.handle(copy, 0, bytes)) {
                break;
            }
        }
        return taken;
    }

    @Override
    public long discard() throws IOException {
        use.enter();
        try {
            return reader.discard();
        } finally {
            use.exit();
        }
    }
}
