package parley.shm;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import parley.ready.Outcome;

/// The only one who receives from a ring: [Delivery#TO_ONE].
final class SoleReceiver extends RingReceiver {
    private final RingReader reader;

    SoleReceiver(SharedRing ring, RingReader reader, RingUse use) {
        super(ring, use);
        this.reader = reader;
    }

    @Override
    public int tryReceive(MemorySegment into) throws IOException {
        use.enter();
        try {
            int bytes = reader.look();
            if (bytes < 0) {
                return Outcome.NOTHING;
            }
            if (bytes > into.byteSize()) {
                throw tooSmall(into.byteSize(), bytes);
            }
            reader.copyOut(into, bytes);
            reader.take();
            reader.release();
            return bytes;
        } finally {
            use.exit();
        }
    }

    @Override
    public int drain(MessageHandler handler, int limit) throws IOException {
        use.enter();
        try {
            if (reader.look() < 0) {
                return Outcome.NOTHING;
            }
            int taken = 0;
            while (taken < limit && handle(handler)) {
                taken++;
            }
            return taken;
        } catch (IllegalStateException e) { // of the handler's
            throw ring.failed(e);
        } finally {
            reader.release();
            use.exit();
        }
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

    private boolean handle(MessageHandler handler) throws IOException {
        int bytes = use.isOpen() ? reader.look() : Outcome.NOTHING;
        if (bytes < 0) {
            return false;
        }
        boolean isDone = true;
        try {
            isDone = handler.handle(ring.data(), ring.inData(reader.payload()), bytes);
        } finally {
            if (isDone) {
                reader.take();
            }
        }
        reader.releaseIfMuch();
        return isDone;
    }
}
