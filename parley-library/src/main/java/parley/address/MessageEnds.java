package parley.address;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import parley.channel.Broadcast;
import parley.channel.ChannelKind;
import parley.channel.Mailbox;
import parley.channel.MailboxSelector;
import parley.channel.MessageChannel;
import parley.os.FileMode;
import parley.posix.PosixMessageQueue;
import parley.ready.MessageSink;
import parley.ready.MessageSource;
import parley.socket.MessageSocket;
import parley.socket.UdpSocket;
import parley.socket.UnixDatagramSocket;
import parley.socket.UnixSeqpacketListener;
import parley.socket.UnixSeqpacketSocket;
import parley.sysv.IpcKey;
import parley.sysv.MessageSelector;
import parley.sysv.SysvMessageQueue;

/// The ends of whatever carries whole messages, by its address: a program that sends to one and
/// receives from another works with queues, sockets and channels alike.
///
/// Queues and channels have to be there, and stay. Datagrams are sent to an address, and received
/// at it; `unix-seq:` is connected to, or, with `listen`, waits for one who connects.
public final class MessageEnds {
    private static final int PRIORITY = 0;
    private static final long TYPE = 1;

    private MessageEnds() {}

    /// Opens the end that messages go into: of a System V queue with type 1, of a POSIX queue with
    /// priority 0, of a mailbox with both.
    ///
    /// @throws IllegalArgumentException if it carries no messages
    /// @throws parley.os.NotFoundException if there is none
    /// @throws InterruptedException if interrupted before, where it waits to be connected to
    public static MessageSink sink(Address address) throws IOException, InterruptedException {
        return switch (address) {
            case Address.Channel(var name) -> channelSink(name, address);
            case Address.PosixQueue(var name) -> PosixMessageQueue.open(name).sink(PRIORITY);
            case Address.SysvQueue(var name) -> queue(name).sink(TYPE);
            case Address.Udp udp when !udp.listens() -> UdpSocket.connected(socket(udp));
            case Address.Unix unix when isDatagram(unix) && !unix.listens() ->
                    UnixDatagramSocket.connected(unix.name());
            case Address.Unix unix when isSeqpacket(unix) -> connection(unix);
            default -> throw refused(address, "into");
        };
    }

    /// Opens the end that messages come out of.
    ///
    /// @throws IllegalArgumentException if it carries no messages
    /// @throws parley.os.NotFoundException if there is none
    /// @throws InterruptedException if interrupted before, where it waits to be connected to
    public static MessageSource source(Address address) throws IOException, InterruptedException {
        return switch (address) {
            case Address.Channel(var name) -> channelSource(name, address);
            case Address.PosixQueue(var name) -> PosixMessageQueue.open(name);
            case Address.SysvQueue(var name) -> queue(name).source(MessageSelector.ANY);
            case Address.Udp udp -> UdpSocket.bound(socket(udp));
            case Address.Unix unix when isDatagram(unix) ->
                    UnixDatagramSocket.bound(unix.name(), mode(unix));
            case Address.Unix unix when isSeqpacket(unix) -> connection(unix);
            default -> throw refused(address, "out of");
        };
    }

    private static IllegalArgumentException refused(Address address, String where) {
        return new IllegalArgumentException(
                "no messages go %s '%s': they do at chan:, mq:, msg:, unix-seq:, unix-dgram:, udp:"
                        .formatted(where, address));
    }

    private static boolean isDatagram(Address.Unix unix) {
        return unix.type() == Address.Unix.Type.DATAGRAM;
    }

    private static boolean isSeqpacket(Address.Unix unix) {
        return unix.type() == Address.Unix.Type.SEQPACKET;
    }

    private static FileMode mode(Address.Unix unix) {
        return unix.mode().orElse(FileMode.OWNER_ONLY);
    }

    private static MessageSocket connection(Address.Unix unix)
            throws IOException, InterruptedException {
        if (!unix.listens()) {
            return UnixSeqpacketSocket.connect(unix.name());
        }
        try (var listener = UnixSeqpacketListener.listen(unix.name(), mode(unix))) {
            return listener.accept();
        }
    }

    private static InetSocketAddress socket(Address.Udp udp) throws IOException {
        return new InetSocketAddress(InetAddress.getByName(udp.host()), udp.port());
    }

    private static SysvMessageQueue queue(SysvName name) throws IOException {
        return switch (name) {
            case SysvName.ByKey(var key) when key.equals(IpcKey.PRIVATE) ->
                    throw new IllegalArgumentException(
                            "'private' is for making one; it is found by its id, such as #7");
            case SysvName.ByKey(var key) -> SysvMessageQueue.open(key);
            case SysvName.ByFile file -> SysvMessageQueue.open(file.key());
            case SysvName.ById(int id) -> SysvMessageQueue.openById(id);
        };
    }

    private static MessageSink channelSink(String name, Address address) throws IOException {
        return switch (ChannelKind.of(name)) {
            case MESSAGES -> {
                var channel = MessageChannel.open(name);
                yield new OwningSink(opened(channel::sender, channel::close), channel::close);
            }
            case BROADCAST -> {
                var broadcast = Broadcast.open(name);
                yield new OwningSink(
                        opened(broadcast::publisher, broadcast::close), broadcast::close);
            }
            case MAILBOX -> Mailbox.open(name).sink(TYPE, PRIORITY);
            case BYTES, REQUESTS -> throw refused(address, "into");
        };
    }

    private static MessageSource channelSource(String name, Address address) throws IOException {
        return switch (ChannelKind.of(name)) {
            case MESSAGES -> {
                var channel = MessageChannel.open(name);
                yield new OwningSource(opened(channel::receiver, channel::close), channel::close);
            }
            case BROADCAST -> {
                var broadcast = Broadcast.open(name);
                yield new OwningSource(
                        opened(broadcast::subscriber, broadcast::close), broadcast::close);
            }
            case MAILBOX -> Mailbox.open(name).source(MailboxSelector.ANY);
            case BYTES, REQUESTS -> throw refused(address, "out of");
        };
    }

    private interface Taking<T> {
        T take() throws IOException;
    }

    /// Closes the channel if its side cannot be had.
    private static <T> T opened(Taking<T> taking, Runnable close) throws IOException {
        boolean isOpen = false;
        try {
            var side = taking.take();
            isOpen = true;
            return side;
        } finally {
            if (!isOpen) {
                close.run();
            }
        }
    }

    /// Closes what was opened for it, too.
    private record OwningSink(MessageSink sink, Runnable channel) implements MessageSink {
        @Override
        public void send(MemorySegment message) throws IOException, InterruptedException {
            sink.send(message);
        }

        @Override
        public boolean trySend(MemorySegment message) throws IOException {
            return sink.trySend(message);
        }

        @Override
        public boolean send(MemorySegment message, Duration timeout)
                throws IOException, InterruptedException {
            return sink.send(message, timeout);
        }

        @Override
        public void close() {
            channel.run();
        }
    }

    /// Closes what was opened for it, too.
    private record OwningSource(MessageSource source, Runnable channel) implements MessageSource {
        @Override
        public int receive(MemorySegment into) throws IOException, InterruptedException {
            return source.receive(into);
        }

        @Override
        public int tryReceive(MemorySegment into) throws IOException {
            return source.tryReceive(into);
        }

        @Override
        public int receive(MemorySegment into, Duration timeout)
                throws IOException, InterruptedException {
            return source.receive(into, timeout);
        }

        @Override
        public void close() {
            channel.run();
        }
    }
}
