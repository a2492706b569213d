package parley.shm;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import parley.ready.Outcome;

/// A publisher and the subscribers of one broadcast ring. What each receives is compared with what
/// was published: all of it since he joined, in order, but for what was overwritten before he had
/// received it, of which he knows how much.
final class BroadcastStates extends RingSearch {
    private static final int PUBLISHER = 0; // the others are subscribers
    private static final int SUBSCRIBERS = 3;
    private static final int OTHERS_IN_A_ROW_MAX = 6; // enough to overtake somebody

    /// A subscriber.
    private static final class Place {
        final MemorySegment in = MemorySegment.ofArray(new byte[BYTES_MAX]);
        boolean isHeld;
        @Nullable BroadcastReader reader;
        int next; // the number of the message that he gets next
    }

    private final BroadcastLayout layout;
    private final MemorySegment out = MemorySegment.ofArray(new byte[BYTES_MAX]);
    private final Place[] places = new Place[SUBSCRIBERS];
    private @Nullable BroadcastWriter writer;

    /// What stands in the messages that were published; and in one of which nobody knows yet
    /// whether it was, as its publisher was killed.
    private final List<Integer> published = new ArrayList<>();

    private @Nullable Integer inHand;
    private boolean isInHandSeen;
    private int next; // to stand in a message
    private long received;
    private long lost;

    /// @param of the memory for so many bytes; a faulty one plants a fault
    BroadcastStates(long seed, WhenSlow whenSlow, LongFunction<HeapRingMemory> of) {
        var layout = layout(whenSlow);
        super(seed, of.apply(layout.bytes()));
        this.layout = layout;
        Arrays.setAll(places, _ -> new Place());
    }

    static BroadcastLayout layout(WhenSlow whenSlow) {
        return new BroadcastLayout(CAPACITY, SUBSCRIBERS, whenSlow);
    }

    /// How many messages came.
    long received() {
        return received;
    }

    /// How many did not.
    long lost() {
        return lost;
    }

    @Override
    void begin(long position) {
        memory.begin(position, BroadcastLayout.SENT_BYTES, BroadcastLayout.OLDEST_BYTES);
        writer = null;
        for (var place : places) {
            leave(place);
        }
        published.clear();
        inHand = null;
        isInHandSeen = false;
    }

    @Override
    int anyBut(int who) {
        // As many acts of the publisher as of all others.
        int any = random.nextBoolean() ? PUBLISHER : 1 + random.nextInt(SUBSCRIBERS);
        return any == who ? anyBut(who) : any;
    }

    @Override
    int othersInARow() {
        return 1 + random.nextInt(OTHERS_IN_A_ROW_MAX);
    }

    @Override
    void act(int who) throws IOException {
        if (who == PUBLISHER) {
            publish();
        } else {
            receive(places[who - 1]);
        }
    }

    @Override
    void killed(int who) {
        if (who == PUBLISHER) {
            writer = null;
        } else {
            leave(places[who - 1]);
        }
    }

    private static void leave(Place place) {
        place.isHeld = false;
        place.reader = null;
    }

    private BroadcastWriter begun() throws IOException {
        if (writer == null) {
            var begun = new BroadcastWriter(memory, layout, slot -> places[slot].isHeld);
            settle();
            writer = begun;
        }
        return writer;
    }

    /// His successor has found out whether what a killed publisher had in hand was published.
    private void settle() {
        boolean isThere = memory.peekLong(BroadcastLayout.SENT) == published.size() + 1;
        if (!isThere && memory.peekLong(BroadcastLayout.SENT) != published.size()) {
            throw new AssertionError("miscounted: " + memory.peekLong(BroadcastLayout.SENT));
        }
        if (isInHandSeen && !isThere) {
            throw new AssertionError("seen, and gone: " + inHand);
        }
        if (isThere) {
            if (inHand == null) {
                throw new AssertionError("there, and never published");
            }
            published.add(inHand);
        }
        inHand = null;
        isInHandSeen = false;
    }

    private void publish() throws IOException {
        var begun = begun();
        int number = next++;
        int bytes = fill(out, number);
        inHand = number;
        boolean isPublished = write(begun, out, bytes);
        if (isPublished) {
            published.add(number);
        } else if (isInHandSeen) {
            throw new AssertionError("received, and refused: " + number);
        }
        inHand = null;
        isInHandSeen = false;
        if (!isPublished && !layout.holdsBack()) {
            throw new AssertionError("full, and nobody is waited for");
        }
    }

    private void join(Place place) throws IOException {
        place.isHeld = true;
        boolean isFromOldest = random.nextInt(4) == 0;
        int before = published.size();
        int slot = Arrays.asList(places).indexOf(place);
        place.reader = new BroadcastReader(memory, layout, slot, isFromOldest);
        place.next = (int) place.reader.number();
        int latest = published.size() + (inHand == null ? 0 : 1);
        if (place.next > latest || (!isFromOldest && place.next < before)) {
            throw new AssertionError(
                    "begins at %d, not %d to %d".formatted(place.next, before, latest));
        }
    }

    private void receive(Place place) throws IOException {
        if (place.reader == null) {
            join(place);
        }
        var reader = place.reader;
        int limit = 1 + random.nextInt(3);
        for (int i = 0; i < limit; i++) {
            long lostBefore = reader.lost();
            int bytes;
            try {
                bytes = reader.look();
            } catch (OvertakenException e) {
                lost += e.lost();
                leave(place);
                return;
            }
            long lostNow = reader.lost() - lostBefore;
            place.next += (int) lostNow;
            lost += lostNow;
            if (bytes == Outcome.NOTHING) {
                break;
            }
            reader.copyOut(place.in, bytes);
            if (reader.isIntact()) {
                check(place, bytes);
                reader.take();
                place.next++;
                received++;
            }
        }
        reader.release();
    }

    private void check(Place place, int bytes) {
        int number = number(place.in, bytes);
        if (bytes(number) != bytes) {
            throw new AssertionError("of another length: " + number);
        }
        Integer expected = place.next < published.size() ? published.get(place.next) : inHand;
        isInHandSeen |= place.next == published.size();
        if (expected == null || expected != number || place.next > published.size()) {
            throw new AssertionError("not the next one: " + number);
        }
        if (layout.holdsBack() && place.reader.lost() != 0) {
            throw new AssertionError("lost, and was to be waited for");
        }
    }

    @Override
    void end() throws IOException {
        writer = null;
        var last = begun();
        for (var place : places) {
            while (place.reader != null && place.next < published.size()) {
                int before = place.next;
                receive(place);
                if (place.reader != null && place.next == before) {
                    throw new AssertionError("lost: " + before);
                }
            }
        }
        if (!last.write(out, BYTES_MAX)) {
            throw new AssertionError("full, and nobody is behind");
        }
    }
}
