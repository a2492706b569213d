package parley.shm;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import parley.os.Errno;
import parley.os.OsException;
import parley.ready.Outcome;

/// The place of a subscriber in a [BroadcastRing], as long as it is open. For one thread at a time;
/// [#close] may be called by any. A message costs no system call, and nothing is allocated.
public final class BroadcastSubscriber implements AutoCloseable {
    private static final int SCRATCH_BYTES_MIN = 4096;

    private final BroadcastRing ring;
    private final int slot;
    private final BroadcastReader reader;
    private final boolean isInPlace; // may messages be read where they lie
    private final RingUse use;
    private MemorySegment scratch = MemorySegment.NULL;

    BroadcastSubscriber(
            BroadcastRing ring, int slot, BroadcastReader reader, boolean isInPlace, RingUse use) {
        this.ring = ring;
        this.slot = slot;
        this.reader = reader;
        this.isInPlace = isInPlace;
        this.use = use;
    }

    /// Receives a message if there is one.
    ///
    /// @return its length in bytes, or [Outcome#NOTHING]
    /// @throws OsException `EMSGSIZE` if `into` is too small for it; it stays
    /// @throws OvertakenException once, if the subscription has ended by that
    /// @throws BadRegionException if what is there cannot be a message
    /// @throws java.nio.channels.ClosedChannelException if closed
    public int tryReceive(MemorySegment into) throws IOException {
        use.enter();
        try {
            while (true) {
                int bytes = reader.look();
                if (bytes < 0) {
                    return Outcome.NOTHING;
                }
                boolean fits = bytes <= into.byteSize();
                if (fits) {
                    reader.copyOut(into, bytes);
                }
                if (reader.isIntact()) {
                    requireFits(fits, into, bytes);
                    reader.take();
                    reader.release();
                    return bytes;
                }
            }
        } catch (OvertakenException e) {
            use.close();
            throw e;
        } finally {
            use.exit();
        }
    }

    private void requireFits(boolean fits, MemorySegment into, int bytes) throws OsException {
        if (!fits) {
            var detail =
                    "the message has %d bytes, and there is room for %d"
                            .formatted(bytes, into.byteSize());
            throw OsException.of("tryReceive", ring.toString(), Errno.EMSGSIZE.number(), detail);
        }
    }

    /// Has messages that are there read, one after another: where they lie if the publisher waits
    /// for this one, else in a copy.
    ///
    /// A message is taken when the handler has returned true, or thrown.
    ///
    /// @param limit how many at most
    /// @return how many were taken, 0 if the handler left the first; [Outcome#NOTHING] if there is
    ///   none
    /// @throws OvertakenException once, if the subscription has ended by that
    /// @throws BadRegionException if what is there cannot be a message
    /// @throws java.nio.channels.ClosedChannelException if closed
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
        } catch (OvertakenException e) {
            use.close();
            throw e;
        } catch (IllegalStateException e) { // of the handler's
            throw ring.failed(e);
        } finally {
            reader.release();
            use.exit();
        }
    }

    private boolean handle(MessageHandler handler) throws IOException {
        int bytes = use.isOpen() ? reader.look() : Outcome.NOTHING;
        while (bytes >= 0 && !isInPlace && !isCopied(bytes)) {
            bytes = reader.look(); // where it goes on
        }
        if (bytes < 0) {
            return false;
        }
        boolean isDone = true;
        try {
            isDone =
                    isInPlace
                            ? handler.handle(ring.data(), ring.inData(reader.payload()), bytes)
                            : handler.handle(scratch, 0, bytes);
        } finally {
            if (isDone) {
                reader.take();
            }
        }
        reader.releaseIfMuch();
        return isDone;
    }

    /// False if it was overtaken meanwhile.
    private boolean isCopied(int bytes) {
        if (scratch.byteSize() < bytes) {
            long room = Math.max(SCRATCH_BYTES_MIN, 2L * Integer.highestOneBit(bytes));
            scratch = Arena.ofAuto().allocate(room, Long.BYTES);
        }
        reader.copyOut(scratch, bytes);
        return reader.isIntact();
    }

    /// Which place it is, from 0 on.
    public int slot() {
        return slot;
    }

    /// How many messages were lost because this one was too slow.
    public long lost() {
        return reader.lost();
    }

    /// How many messages were published before the one that comes next.
    public long number() {
        return reader.number();
    }

    /// True until [#close], or until that of the region, or until it was overtaken and ended.
    public boolean isOpen() {
        return use.isOpen();
    }

    /// Gives the place up; more calls do nothing.
    @Override
    public void close() {
        use.close();
    }
}
