package parley.tool.demo;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;

/// A link through shared memory: one slot in each direction, whose turns two gates keep.
///
/// ```
///  0        64                    64 + PIECE
///  | length | bytes …             |            one slot; the second direction's follows
/// ```
///
/// @param memory shared by the two processes
/// @param out gate of the slot this side fills
/// @param in gate of the slot this side empties
/// @param isFirst true for the side that fills the first slot
record SlotLink(MemorySegment memory, Gate out, Gate in, boolean isFirst) implements Link {
    private static final int HEADER_BYTES = 64;
    private static final int PIECE_BYTES = 256 * 1024;
    private static final int SLOT_BYTES = HEADER_BYTES + PIECE_BYTES;

    /// Bytes of memory that a link needs after whatever its gates need.
    static final int BYTES = 2 * SLOT_BYTES;

    /// Whose turn a slot is: the filler waits until it is free, the emptier until it is filled.
    /// What was stored before a turn was given is seen by the one who gets it.
    interface Gate {
        void awaitFree() throws Exception;

        void giveFilled() throws Exception;

        void awaitFilled() throws Exception;

        void giveFree() throws Exception;
    }

    @Override
    public int pieceBytesMax() {
        return PIECE_BYTES;
    }

    @Override
    public void send(MemorySegment piece) throws Exception {
        out.awaitFree();
        var slot = slot(isFirst);
        slot.set(JAVA_INT, 0, (int) piece.byteSize());
        MemorySegment.copy(piece, 0, slot, HEADER_BYTES, piece.byteSize());
        out.giveFilled();
    }

    @Override
    public int receive(MemorySegment into) throws Exception {
        in.awaitFilled();
        var slot = slot(!isFirst);
        int length = slot.get(JAVA_INT, 0);
        if (length < 0 || length > PIECE_BYTES) {
            throw new IllegalStateException("a length that cannot be: " + length);
        }
        MemorySegment.copy(slot, HEADER_BYTES, into, 0, length);
        in.giveFree();
        return length;
    }

    private MemorySegment slot(boolean first) {
        return memory.asSlice(first ? 0 : SLOT_BYTES, SLOT_BYTES);
    }
}
