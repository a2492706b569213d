package parley.tool.demo;

import java.util.List;
import parley.channel.MessageChannel;
import parley.channel.MessageChannel.Size;
import parley.channel.MessageReceiver;
import parley.channel.MessageSender;
import parley.os.Fd;

/// Message channels without a name: one for each direction.
final class Channels {
    private static final int CAPACITY = 1 << 20;

    private Channels() {}

    static Offer offer(Workplace workplace, Closing end) throws Exception {
        var out = end.add(MessageChannel.createAnonymous(Size.ofOneSender(CAPACITY)));
        var in = end.add(MessageChannel.createAnonymous(Size.ofOneSender(CAPACITY)));
        var link = link(out.sender(), in.receiver(), out);
        return new Offer(
                "memfd:" + ProcessHandle.current().pid() + "/" + out.fd().number(),
                List.of(),
                List.of(out.fd(), in.fd()),
                () -> link);
    }

    static Link join(List<String> details, List<Fd> descriptors, Closing end) throws Exception {
        var in = end.add(MessageChannel.of(descriptors.get(0)));
        var out = end.add(MessageChannel.of(descriptors.get(1)));
        return link(out.sender(), in.receiver(), out);
    }

    private static Link link(MessageSender out, MessageReceiver in, MessageChannel channel) {
        int bytes = Math.min(CAPACITY / 4, channel.messageBytesMax());
        return new MessageLink(bytes, out::send, in::receive);
    }
}
