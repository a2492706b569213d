package parley.shm;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import parley.os.Errno;
import parley.os.OsException;
import parley.ready.Outcome;

/// The sending side of a [SharedRing], as long as it is open. For one thread at a time; [#close]
/// may be called by any. A message costs no system call, and nothing is allocated.
public sealed class RingSender implements AutoCloseable permits BroadcastPublisher {
    private static final int NO_LOAN = -1;

    private final Place place;
    private final RecordWriter writer;
    private final RingUse use;
    private final int messageBytesMax;
    private int loaned = NO_LOAN; // bytes

    /// Where a ring is.
    ///
    /// @param object what its region is called
    /// @param offset in the region's data
    /// @param capacity in bytes
    record Place(String object, long offset, int capacity) {}

    RingSender(Place place, RecordWriter writer, RingUse use) {
        this.place = place;
        this.writer = writer;
        this.use = use;
        this.messageBytesMax = RingLayout.messageBytesMax(place.capacity());
    }

    /// Sends a message if there is room for it.
    ///
    /// @param message all of it, at most [SharedRing#messageBytesMax] bytes
    /// @return false if the ring is full
    /// @throws OsException `EMSGSIZE` if it is too long
    /// @throws IllegalStateException between [#tryLoan] and its end
    /// @throws java.nio.channels.ClosedChannelException if closed
    public boolean trySend(MemorySegment message) throws IOException {
        long bytes = message.byteSize();
        requireSize(bytes);
        use.enter();
        try {
            requireNoLoan();
            return writer.write(message, bytes);
        } finally {
            use.exit();
        }
    }

    /// Borrows room in the ring, to write a message where it is received from: [#commit] sends it,
    /// [#abort] does not.
    ///
    /// @return where it is in the region's data; [Outcome#NOTHING] if the ring is full
    /// @throws OsException `EMSGSIZE` if it is too long
    /// @throws IllegalStateException if something is borrowed already
    /// @throws java.nio.channels.ClosedChannelException if closed
    public long tryLoan(int bytes) throws IOException {
        if (bytes < 0) {
            throw new IllegalArgumentException("negative: " + bytes);
        }
        requireSize(bytes);
        use.enter();
        try {
            requireNoLoan();
            long inRing = writer.loan(bytes);
            if (inRing < 0) {
                return Outcome.NOTHING;
            }
            loaned = bytes;
            return place.offset() + inRing;
        } finally {
            use.exit();
        }
    }

    /// Sends what was borrowed.
    ///
    /// @throws IllegalStateException if nothing is
    /// @throws java.nio.channels.ClosedChannelException if closed: it is not sent
    public void commit() throws IOException {
        commit(loaned);
    }

    /// Sends the beginning of what was borrowed.
    ///
    /// @param bytes at most as many as were asked for
    public void commit(int bytes) throws IOException {
        use.enter();
        try {
            if (loaned == NO_LOAN) {
                throw new IllegalStateException("nothing is borrowed");
            }
            if (bytes < 0 || bytes > loaned) {
                throw new IllegalArgumentException("not 0..%d bytes: %d".formatted(loaned, bytes));
            }
            writer.commit(bytes);
            loaned = NO_LOAN;
        } finally {
            use.exit();
        }
    }

    /// Gives back what was borrowed, if anything is, and sends nothing.
    public void abort() {
        loaned = NO_LOAN;
    }

    /// Takes the oldest message out of the ring, which nobody gets then.
    ///
    /// @return false if there is none
    /// @throws IllegalStateException if messages are not [Delivery#COMPETING]
    /// @throws java.nio.channels.ClosedChannelException if closed
    public boolean tryDropOldest() throws IOException {
        use.enter();
        try {
            return writer.discardOldest();
        } finally {
            use.exit();
        }
    }

    private void requireNoLoan() {
        if (loaned != NO_LOAN) {
            throw new IllegalStateException("something is borrowed: commit or abort it");
        }
    }

    private void requireSize(long bytes) throws OsException {
        if (bytes > messageBytesMax) {
            var detail = "%d bytes, and a message has at most %d".formatted(bytes, messageBytesMax);
            throw OsException.of("trySend", place.object(), Errno.EMSGSIZE.number(), detail);
        }
    }

    /// True until [#close], or until that of the region.
    public boolean isOpen() {
        return use.isOpen();
    }

    /// Gives many sides up, for little more than one costs: a handshake of all threads.
    public static void closeAll(Collection<RingSender> senders) {
        RingUse.closeAll(senders.stream().map(sender -> sender.use).toList());
    }

    /// Gives the side up; more calls do nothing.
    @Override
    public void close() {
        use.close();
    }
}
