package parley.channel;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import parley.shm.BadRegionException;

/// The messages of a mailbox, for who has its lock.
///
/// **Valid after every store.** A message is there from the store of its slot's state on, before
/// which all that belongs to it is stored in a slot and blocks that are free; and it is taken by
/// the store of another state. All else, which blocks and slots are free and how the messages are
/// ordered, follows from that; while it does not, the mailbox is not *settled*, and whoever finds
/// it so finds it out anew, from a state that may itself be anything in between.
///
/// **Assumptions.** Nobody else has the lock. **Guarantees.** Whatever is in memory, no access is
/// outside of it, and all ends.
final class MailboxTable {
    static final int THERE = 1;

    private static final int FREE = 0;
    private static final int IS_SETTLED = 1;
    private static final int NONE = MailboxOrder.NONE;

    private final MailboxMemory memory;
    private final MailboxLayout layout;
    private final MailboxBlocks blocks;
    private final MailboxOrder order;

    MailboxTable(MailboxMemory memory, MailboxLayout layout) {
        this.memory = memory;
        this.layout = layout;
        this.blocks = new MailboxBlocks(memory, layout);
        this.order = new MailboxOrder(memory, layout);
    }

    static BadRegionException damaged(String what) {
        return new BadRegionException("what is in the mailbox cannot be: " + what);
    }

    /// Goes on where the last one stopped, wherever that was.
    ///
    /// @throws BadRegionException if what is there cannot be
    void settle() throws BadRegionException {
        if (memory.getInt(MailboxLayout.SETTLED) == IS_SETTLED) {
            return;
        }
        var slots = new ArrayList<Integer>();
        var used = new BitSet();
        long number = memory.getLong(MailboxLayout.NUMBER);
        int free = NONE;
        for (int slot = layout.messages() - 1; slot >= 0; slot--) {
            long at = layout.slot(slot);
            if (memory.getInt(at + MailboxLayout.STATE) == THERE) {
                slots.add(slot);
                long needed = MailboxBlocks.needed(length(slot));
                blocks.mark(used, memory.getInt(at + MailboxLayout.FIRST), needed);
                number = Math.max(number, memory.getLong(at + MailboxLayout.MESSAGE_NUMBER) + 1);
            } else {
                memory.setInt(at + MailboxLayout.NEXT, free);
                free = slot;
            }
        }
        memory.setInt(MailboxLayout.FREE_SLOT, free);
        memory.setLong(MailboxLayout.NUMBER, number);
        blocks.settle(used);
        order.settle(slots);
        memory.setInOrder(MailboxLayout.SETTLED, IS_SETTLED);
    }

    /// Puts a message in.
    ///
    /// @return false if there is no room
    boolean put(MemorySegment message, long type, int priority) throws BadRegionException {
        long needed = MailboxBlocks.needed(message.byteSize());
        if (count() == layout.messages() || needed > blocks.free()) {
            return false;
        }
        int slot = freeSlot();
        int first = blocks.firstFree();
        int after = blocks.copyIn(message, first);
        long at = layout.slot(slot);
        long number = memory.getLong(MailboxLayout.NUMBER);
        memory.setInt(at + MailboxLayout.PRIORITY, priority);
        memory.setLong(at + MailboxLayout.TYPE, type);
        memory.setLong(at + MailboxLayout.MESSAGE_NUMBER, number);
        memory.setInt(at + MailboxLayout.LENGTH, (int) message.byteSize());
        memory.setInt(at + MailboxLayout.FIRST, first);
        int nextFree = memory.getInt(at + MailboxLayout.NEXT);
        memory.setInOrder(MailboxLayout.SETTLED, 0);
        memory.setInOrder(at + MailboxLayout.STATE, THERE);
        memory.setInt(MailboxLayout.FREE_SLOT, nextFree);
        blocks.take((int) needed, after);
        order.add(slot);
        memory.setLong(MailboxLayout.NUMBER, number + 1);
        memory.setInOrder(MailboxLayout.SETTLED, IS_SETTLED);
        return true;
    }

    private int freeSlot() throws BadRegionException {
        int slot = memory.getInt(MailboxLayout.FREE_SLOT);
        if (slot < 0 || slot >= layout.messages() || isThere(slot)) {
            throw damaged("slot %d is free".formatted(slot));
        }
        return slot;
    }

    private boolean isThere(int slot) {
        return memory.getInt(layout.slot(slot) + MailboxLayout.STATE) == THERE;
    }

    /// The slot of the message that is to be received first.
    ///
    /// @return negative if there is none
    int find(MailboxSelector which) throws BadRegionException {
        int count = count();
        if (count == 0) {
            return NONE;
        }
        return switch (which.choice()) {
            case ANY -> order.oldest();
            case HIGHEST_PRIORITY -> order.ofHighestPriority();
            case EXACTLY, ANY_EXCEPT, LOWEST_UP_TO -> findByType(which, count);
        };
    }

    private int findByType(MailboxSelector which, int count) throws BadRegionException {
        boolean isFirstBest = which.choice() != MailboxSelector.Choice.LOWEST_UP_TO;
        int slot = order.oldest();
        int best = NONE;
        for (int i = 0; ; i++) {
            if (which.mayBe(type(slot)) && (best == NONE || type(slot) < type(best))) {
                best = slot;
            }
            if (i == count - 1 || (isFirstBest && best != NONE)) {
                return best;
            }
            slot = order.next(slot);
        }
    }

    /// The slot of the oldest message of the lowest priority, of at least one.
    int findLeastImportant() throws BadRegionException {
        int slot = order.oldest();
        int least = slot;
        for (int i = count(); i > 1; i--) {
            slot = order.next(slot);
            if (priority(slot) < priority(least)) {
                least = slot;
            }
        }
        return least;
    }

    long type(int slot) {
        return memory.getLong(layout.slot(slot) + MailboxLayout.TYPE);
    }

    int priority(int slot) {
        return memory.getInt(layout.slot(slot) + MailboxLayout.PRIORITY);
    }

    int length(int slot) throws BadRegionException {
        int length = memory.getInt(layout.slot(slot) + MailboxLayout.LENGTH);
        if (length < 0 || length > layout.capacity()) {
            throw damaged("a message of %d bytes".formatted(length));
        }
        return length;
    }

    /// @param into with room for the message
    /// @param length of it
    void copyOut(int slot, MemorySegment into, int length) throws BadRegionException {
        blocks.copyOut(memory.getInt(layout.slot(slot) + MailboxLayout.FIRST), into, length);
    }

    /// Takes a message out: nobody gets it any more.
    void take(int slot) throws BadRegionException {
        long at = layout.slot(slot);
        long needed = MailboxBlocks.needed(length(slot));
        int first = memory.getInt(at + MailboxLayout.FIRST);
        int last = needed == 0 ? NONE : blocks.last(first, needed);
        memory.setInOrder(MailboxLayout.SETTLED, 0);
        order.remove(slot);
        memory.setInOrder(at + MailboxLayout.STATE, FREE);
        memory.setInt(at + MailboxLayout.NEXT, memory.getInt(MailboxLayout.FREE_SLOT));
        memory.setInt(MailboxLayout.FREE_SLOT, slot);
        if (needed > 0) {
            blocks.giveBack(first, last, (int) needed);
        }
        memory.setInOrder(MailboxLayout.SETTLED, IS_SETTLED);
    }

    int count() throws BadRegionException {
        return order.count();
    }

    /// Bytes of the blocks that messages have.
    long bytesUsed() throws BadRegionException {
        return layout.capacity() - (long) blocks.free() * MailboxLayout.BLOCK_BYTES;
    }

    /// The number of the next message, from 0 on: how many there have been.
    long number() {
        return memory.getLong(MailboxLayout.NUMBER);
    }

    long dropped() {
        return memory.getLong(MailboxLayout.DROPPED);
    }

    void countDropped() {
        memory.setLong(MailboxLayout.DROPPED, dropped() + 1);
    }
}
