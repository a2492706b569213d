package parley.channel;

import static java.util.Comparator.comparingLong;

import java.util.Comparator;
import java.util.List;
import parley.shm.BadRegionException;

/// The orders of the messages in a mailbox: a list by age, and a binary heap by priority. All of it
/// follows from the slots, and is found out anew after a crash.
final class MailboxOrder {
    static final int NONE = -1;

    private final MailboxMemory memory;
    private final MailboxLayout layout;

    MailboxOrder(MailboxMemory memory, MailboxLayout layout) {
        this.memory = memory;
        this.layout = layout;
    }

    int count() throws BadRegionException {
        int count = memory.getInt(MailboxLayout.COUNT);
        if (count < 0 || count > layout.messages()) {
            throw MailboxTable.damaged(count + " messages");
        }
        return count;
    }

    /// A slot that has a message.
    private int checked(int slot) throws BadRegionException {
        if (slot < 0 || slot >= layout.messages()) {
            throw MailboxTable.damaged("slot %d of %d".formatted(slot, layout.messages()));
        }
        if (memory.getInt(layout.slot(slot) + MailboxLayout.STATE) != MailboxTable.THERE) {
            throw MailboxTable.damaged("there is no message in slot " + slot);
        }
        return slot;
    }

    /// Of at least one message.
    int oldest() throws BadRegionException {
        return checked(memory.getInt(MailboxLayout.OLDEST));
    }

    /// The message that came after one, which is not the last.
    int next(int slot) throws BadRegionException {
        return checked(memory.getInt(layout.slot(slot) + MailboxLayout.NEXT));
    }

    /// Of at least one message.
    int ofHighestPriority() throws BadRegionException {
        return heap(0);
    }

    private int heap(int place) throws BadRegionException {
        return checked(memory.getInt(layout.heap(place)));
    }

    private int priority(int slot) {
        return memory.getInt(layout.slot(slot) + MailboxLayout.PRIORITY);
    }

    private long number(int slot) {
        return memory.getLong(layout.slot(slot) + MailboxLayout.MESSAGE_NUMBER);
    }

    /// True if the one is received before the other by [MailboxSelector#HIGHEST_PRIORITY].
    private boolean isBefore(int one, int other) {
        int difference = Integer.compare(priority(one), priority(other));
        return difference == 0 ? number(one) - number(other) < 0 : difference > 0;
    }

    /// Adds the youngest message.
    void add(int slot) throws BadRegionException {
        int count = count();
        link(count == 0 ? NONE : checked(memory.getInt(MailboxLayout.NEWEST)), slot);
        link(slot, NONE);
        memory.setInt(MailboxLayout.COUNT, count + 1);
        rise(count, slot);
    }

    /// Takes a message out.
    void remove(int slot) throws BadRegionException {
        long at = layout.slot(slot);
        int last = count() - 1;
        int place = memory.getInt(at + MailboxLayout.PLACE);
        if (place < 0 || place > last || heap(place) != slot) {
            throw MailboxTable.damaged("slot %d has place %d".formatted(slot, place));
        }
        int moved = heap(last);
        link(
                checkedOrNone(memory.getInt(at + MailboxLayout.PREVIOUS)),
                checkedOrNone(memory.getInt(at + MailboxLayout.NEXT)));
        memory.setInt(MailboxLayout.COUNT, last);
        if (place < last) {
            sink(place, moved, last);
        }
    }

    private int checkedOrNone(int slot) throws BadRegionException {
        return slot == NONE ? NONE : checked(slot);
    }

    /// Makes two follow each other; [#NONE] for the ends.
    private void link(int previous, int next) {
        memory.setInt(
                previous == NONE
                        ? MailboxLayout.OLDEST
                        : layout.slot(previous) + MailboxLayout.NEXT,
                next);
        memory.setInt(
                next == NONE ? MailboxLayout.NEWEST : layout.slot(next) + MailboxLayout.PREVIOUS,
                previous);
    }

    private void place(int place, int slot) {
        memory.setInt(layout.heap(place), slot);
        memory.setInt(layout.slot(slot) + MailboxLayout.PLACE, place);
    }

    /// Puts a message at a place, or above.
    private void rise(int from, int slot) throws BadRegionException {
        int place = from;
        while (place > 0) {
            int above = (place - 1) / 2;
            int other = heap(above);
            if (!isBefore(slot, other)) {
                break;
            }
            place(place, other);
            place = above;
        }
        place(place, slot);
    }

    /// Puts a message at a place, or below; or above, for it may come from elsewhere.
    private void sink(int from, int slot, int count) throws BadRegionException {
        int place = from;
        for (int below = 2 * place + 1; below < count; below = 2 * place + 1) {
            if (below + 1 < count && isBefore(heap(below + 1), heap(below))) {
                below++;
            }
            int other = heap(below);
            if (!isBefore(other, slot)) {
                break;
            }
            place(place, other);
            place = below;
        }
        rise(place, slot);
    }

    /// Makes both orders anew; what is sorted is a heap.
    ///
    /// @param slots those that have a message
    void settle(List<Integer> slots) {
        memory.setInt(MailboxLayout.COUNT, slots.size());
        int previous = NONE;
        for (int slot : slots.stream().sorted(comparingLong(this::number)).toList()) {
            link(previous, slot);
            previous = slot;
        }
        link(previous, NONE);
        var byPriority = Comparator.comparingInt(this::priority).reversed();
        var inOrder = byPriority.thenComparingLong(this::number);
        int place = 0;
        for (int slot : slots.stream().sorted(inOrder).toList()) {
            place(place++, slot);
        }
    }
}
