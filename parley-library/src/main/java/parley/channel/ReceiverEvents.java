package parley.channel;

import java.util.List;
import parley.shm.EventCount;

/// Where the receivers of a channel wait, each at an event count of his own, and how one of them is
/// woken for each message. For one thread at a time.
final class ReceiverEvents {
    private final EventCount[] events;
    private int first; // to be woken, so that all have their turn

    ReceiverEvents(List<EventCount> events) {
        this.events = events.toArray(EventCount[]::new);
    }

    EventCount of(int receiver) {
        return events[receiver];
    }

    /// Wakes one who sleeps, after a message. One who says that he is about to sleep looks again in
    /// any case, but may have got an earlier message by then: so another is woken, too.
    void signalOne() {
        for (int i = 0; i < events.length; i++) {
            int at = first + i < events.length ? first + i : first + i - events.length;
            if (ChannelMemory.signal(events[at])) {
                first = at + 1 == events.length ? 0 : at + 1;
                return;
            }
        }
    }

    /// Has all look again.
    void lookAgain() {
        for (var event : events) {
            ChannelMemory.lookAgain(event);
        }
    }
}
