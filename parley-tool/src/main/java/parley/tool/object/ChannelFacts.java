package parley.tool.object;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import parley.channel.Broadcast;
import parley.channel.BytePipe;
import parley.channel.ChannelKind;
import parley.channel.Mailbox;
import parley.channel.MessageChannel;
import parley.channel.RequestChannel;
import parley.os.Fd;
import parley.os.FileStatus;
import parley.shm.SharedRegion.Participant;

/// What there is to say of a channel: what is in it, and who is at it.
///
/// @param facts to which it is added
record ChannelFacts(Facts facts) {
    void add(String name) throws IOException {
        var kind = ChannelKind.of(name);
        facts.add("kind", kind.noun());
        switch (kind) {
            case MESSAGES -> {
                try (var channel = MessageChannel.open(name)) {
                    add(channel);
                    addPeople(channel.participants(), channel.fd());
                }
            }
            case BROADCAST -> {
                try (var broadcast = Broadcast.open(name)) {
                    add(broadcast);
                    addPeople(broadcast.participants(), broadcast.fd());
                }
            }
            case BYTES -> {
                try (var pipe = BytePipe.open(name)) {
                    add(pipe.status());
                    addPeople(pipe.participants(), pipe.fd());
                }
            }
            case MAILBOX -> {
                try (var mailbox = Mailbox.open(name)) {
                    add(mailbox);
                    addPeople(mailbox.participants(), mailbox.fd());
                }
            }
            case REQUESTS -> {
                try (var channel = RequestChannel.open(name)) {
                    add(channel);
                    addPeople(channel.participants(), channel.fd());
                }
            }
        }
    }

    private void add(MessageChannel channel) throws IOException {
        var status = channel.status();
        var size = status.size();
        var lanes = status.lanes();
        facts.add("messages", sum(lanes, lane -> lane.ring().sent() - lane.ring().received()))
                .add("bytes", sum(lanes, lane -> lane.ring().bytesWaiting()))
                .add("message bytes max", channel.messageBytesMax())
                .add("lane bytes", size.capacity())
                .add("lanes", size.senders())
                .add("delivery", size.delivery())
                .add("receivers", processes(status.receivers()))
                .add("receivers max", size.receivers())
                .add("senders", each(lanes, lane -> lane.sender().flatMap(ChannelFacts::process)))
                .add("sent", each(lanes, lane -> lane.ring().sent()))
                .add("received", each(lanes, lane -> lane.ring().received()))
                .add("lost", each(lanes, MessageChannel.Status.Lane::dropped))
                .add("bytes waiting", each(lanes, lane -> lane.ring().bytesWaiting()));
    }

    private void add(Broadcast broadcast) throws IOException {
        var status = broadcast.status();
        var size = status.size();
        var places = status.places();
        facts.add("message bytes max", broadcast.messageBytesMax())
                .add("bytes max", size.capacity())
                .add("when slow", size.whenSlow())
                .add("publisher", status.hasPublisher())
                .add("published", status.published())
                .add("lost for want of room", status.dropped())
                .add("subscribers", each(places, place -> place.hasSubscriber()))
                .add("bytes behind", each(places, place -> place.bytesBehind()))
                .add("lost", each(places, place -> place.lost()));
    }

    private void add(BytePipe.Status status) {
        facts.add("bytes", status.ring().bytesWaiting())
                .add("bytes max", status.ring().capacity())
                .add("writer", status.hasSink())
                .add("reader", status.hasSource())
                .add("written", status.ring().written())
                .add("read", status.ring().read());
    }

    private void add(Mailbox mailbox) throws IOException {
        var status = mailbox.status();
        facts.add("messages", status.messages())
                .add("messages max", status.size().messages())
                .add("bytes", status.bytes())
                .add("bytes max", status.size().bytes())
                .add("message bytes max", mailbox.messageBytesMax())
                .add("sent", status.sent())
                .add("received", status.received())
                .add("lost", status.dropped());
    }

    private void add(RequestChannel channel) throws IOException {
        var status = channel.status();
        var lanes = status.lanes();
        facts.add("request bytes max", channel.requestBytesMax())
                .add("reply bytes max", channel.replyBytesMax())
                .add("clients max", status.size().clients())
                .add("server", status.hasServer())
                .add("clients", each(lanes, RequestChannel.Status.Lane::hasClient))
                .add("requests", each(lanes, lane -> lane.requests().sent()))
                .add("waiting", each(lanes, ChannelFacts::requestsWaiting))
                .add("replies", each(lanes, lane -> lane.replies().sent()));
    }

    private static long requestsWaiting(RequestChannel.Status.Lane lane) {
        return lane.requests().sent() - lane.requests().received();
    }

    private static <T> long sum(List<T> all, ToLongFunction<T> what) {
        return all.stream().mapToLong(what).sum();
    }

    private static <T> List<?> each(List<T> all, Function<T, ?> what) {
        return all.stream().map(what).toList();
    }

    /// Who has it open, without this process, that looks at it; and who waits in it.
    private void addPeople(List<Participant> participants, Fd fd) throws IOException {
        var others =
                participants.stream()
                        .filter(one -> one.pid() != ProcessHandle.current().pid())
                        .toList();
        facts.add("participants", processes(others));
        var file = FileStatus.of(fd);
        ObjectFacts.addWaiters(facts, calls -> calls.onMemory(file));
    }

    private static List<Optional<Facts.SeenProcess>> processes(List<Participant> participants) {
        return participants.stream().map(ChannelFacts::process).toList();
    }

    private static Optional<Facts.SeenProcess> process(Participant participant) {
        return ObjectFacts.process(participant.pid());
    }
}
