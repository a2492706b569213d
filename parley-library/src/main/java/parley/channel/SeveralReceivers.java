package parley.channel;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import parley.os.Errno;
import parley.os.OsException;
import parley.shm.RingReceiver;
import parley.shm.SharedRegion.Participant;

/// How receivers join a channel that has several.
final class SeveralReceivers {
    private final MessageChannel channel;

    SeveralReceivers(MessageChannel channel) {
        this.channel = channel;
    }

    private ReceiverSlots slots() {
        return new ReceiverSlots(channel.memory(), channel.layout());
    }

    boolean isAny() {
        return slots().isAnyHeld();
    }

    /// Those who are alive.
    List<Participant> all() {
        return slots().holders();
    }

    MessageReceiver join() throws IOException {
        var slots = slots();
        var slot = slots.tryTake();
        if (slot.isEmpty()) {
            var all = "all %d receivers are there".formatted(channel.layout().receivers());
            throw OsException.of("receiver", channel.toString(), Errno.EBUSY.number(), all);
        }
        return join(slots, slot.get());
    }

    Optional<MessageReceiver> join(Duration timeout) throws IOException, InterruptedException {
        var slots = slots();
        var slot = new ArrayList<ReceiverSlots.Taken>();
        boolean isTaken =
                channel.sides()
                        .awaitUntil(() -> slots.tryTake().map(slot::add).orElse(false), timeout);
        return isTaken ? Optional.of(join(slots, slot.getFirst())) : Optional.empty();
    }

    private MessageReceiver join(ReceiverSlots slots, ReceiverSlots.Taken slot) throws IOException {
        var rings = channel.rings();
        var left = new AtomicInteger(rings.size());
        Runnable afterwards =
                () -> {
                    if (left.decrementAndGet() == 0) {
                        slot.leave();
                        channel.lookAgain();
                    }
                };
        var events = channel.receiverEvents();
        var taken = new ArrayList<RingReceiver>();
        boolean isMade = false;
        try {
            for (int lane = 0; lane < rings.size(); lane++) {
                int from = lane;
                taken.add(
                        rings.get(lane)
                                .receiver(
                                        slot.number(),
                                        isDone -> leaseEnded(events, from, isDone),
                                        afterwards));
            }
            slot.inherit(taken);
            var receiver =
                    new MessageReceiver(
                            channel, taken, slot.index(), () -> slots.inheritFromTheDead(taken));
            isMade = true;
            return channel.memory().registered(receiver, receiver::close);
        } finally {
            if (!isMade) {
                RingReceiver.closeAll(taken);
                rings.subList(taken.size(), rings.size()).forEach(_ -> afterwards.run());
            }
        }
    }

    private void leaseEnded(ReceiverEvents events, int lane, boolean isDone) {
        if (!isDone) {
            events.signalOne();
            return;
        }
        ChannelMemory.signal(channel.room(lane));
        if (!channel.hasSender() && !channel.isAnyWaiting()) {
            channel.lookAgain(); // whoever waits for the end has it
        }
    }
}
