package parley.channel;

import static parley.channel.MailboxLayout.BLOCK_BYTES;

import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import parley.shm.BadRegionException;

/// The blocks of a mailbox, in chains: one for each message, and one of all that are free. What is
/// in memory is believed no further than that it may be.
final class MailboxBlocks {
    private final MailboxMemory memory;
    private final MailboxLayout layout;
    private final int blocks;

    MailboxBlocks(MailboxMemory memory, MailboxLayout layout) {
        this.memory = memory;
        this.layout = layout;
        this.blocks = layout.blocks();
    }

    /// How many a message takes.
    static long needed(long bytes) {
        return Math.ceilDiv(bytes, BLOCK_BYTES);
    }

    int free() throws BadRegionException {
        int free = memory.getInt(MailboxLayout.FREE_BLOCKS);
        if (free < 0 || free > blocks) {
            throw MailboxTable.damaged("%d blocks are free".formatted(free));
        }
        return free;
    }

    int firstFree() {
        return memory.getInt(MailboxLayout.FREE_BLOCK);
    }

    private int checked(int block) throws BadRegionException {
        if (block < 0 || block >= blocks) {
            throw MailboxTable.damaged("block %d of %d".formatted(block, blocks));
        }
        return block;
    }

    private int after(int block) {
        return memory.getInt(layout.link(block));
    }

    /// Copies a message into the first blocks of a chain.
    ///
    /// @return the block after them
    int copyIn(MemorySegment message, int first) throws BadRegionException {
        long bytes = message.byteSize();
        int block = first;
        for (long done = 0; done < bytes; ) {
            long end = endOfRow(checked(block), done, bytes);
            memory.copyIn(message, done, layout.block(block), end - done);
            block = after(block + (int) needed(end - done) - 1);
            done = end;
        }
        return block;
    }

    /// Copies the message in a chain.
    void copyOut(int first, MemorySegment into, int bytes) throws BadRegionException {
        int block = first;
        for (long done = 0; done < bytes; ) {
            long end = endOfRow(checked(block), done, bytes);
            memory.copyOut(layout.block(block), into, done, end - done);
            block = after(block + (int) needed(end - done) - 1);
            done = end;
        }
    }

    /// How much of a message is done with the blocks that lie in a row in memory.
    private long endOfRow(int first, long done, long bytes) {
        int last = first;
        long end = done + BLOCK_BYTES;
        while (end < bytes && last + 1 < blocks && after(last) == last + 1) {
            last++;
            end += BLOCK_BYTES;
        }
        return Math.min(end, bytes);
    }

    /// The last block of a chain.
    ///
    /// @param count at least 1
    int last(int first, long count) throws BadRegionException {
        int block = checked(first);
        for (long i = 1; i < count; i++) {
            block = checked(after(block));
        }
        return block;
    }

    /// Takes the first of the free ones, which are a chain already.
    ///
    /// @param after the one behind them
    void take(int count, int after) {
        memory.setInt(MailboxLayout.FREE_BLOCK, after);
        memory.setInt(MailboxLayout.FREE_BLOCKS, memory.getInt(MailboxLayout.FREE_BLOCKS) - count);
    }

    /// Gives a chain back.
    void giveBack(int first, int last, int count) {
        memory.setInt(layout.link(last), memory.getInt(MailboxLayout.FREE_BLOCK));
        memory.setInt(MailboxLayout.FREE_BLOCK, first);
        memory.setInt(MailboxLayout.FREE_BLOCKS, memory.getInt(MailboxLayout.FREE_BLOCKS) + count);
    }

    /// Adds the blocks of a chain to those that are used.
    void mark(BitSet used, int first, long count) throws BadRegionException {
        int block = first;
        for (long i = 0; i < count; i++) {
            if (used.get(checked(block))) {
                throw MailboxTable.damaged("two messages have block " + block);
            }
            used.set(block);
            block = after(block);
        }
    }

    /// Makes a chain of all that are not used.
    void settle(BitSet used) {
        int next = used.previousClearBit(blocks - 1);
        int count = 0;
        int first = blocks; // behind the last
        while (next >= 0) {
            memory.setInt(layout.link(next), first);
            first = next;
            count++;
            next = next == 0 ? -1 : used.previousClearBit(next - 1);
        }
        memory.setInt(MailboxLayout.FREE_BLOCK, first);
        memory.setInt(MailboxLayout.FREE_BLOCKS, count);
    }
}
