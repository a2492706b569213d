package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/// Messages as [ChannelCPeer] has them: who sends, a number, and bytes that follow from it; and who
/// receives them from several looks that each one's come in order.
final class NumberedMessages {
    private final int capacity; // of a lane
    private final Map<Integer, Integer> next = new HashMap<>(); // of each sender
    private long count;

    NumberedMessages(int capacity) {
        this.capacity = capacity;
    }

    /// Makes one.
    MemorySegment message(int who, int number) {
        var bytes = new byte[ChannelCPeer.bytesOf(number, capacity)];
        var message = MemorySegment.ofArray(bytes).fill((byte) number);
        message.set(JAVA_INT_UNALIGNED, 0, who);
        message.set(JAVA_INT_UNALIGNED, Integer.BYTES, number);
        return message;
    }

    /// Looks at one that came.
    void check(MemorySegment message) {
        int who = message.get(JAVA_INT_UNALIGNED, 0);
        int number = next(who);
        assertEquals(-1, message.mismatch(message(who, number)), who + " sent " + number);
        next.put(who, number + 1);
        count++;
    }

    /// The number of the next message of a sender.
    int next(int who) {
        return next.getOrDefault(who, 0);
    }

    /// How many came.
    long count() {
        return count;
    }
}
