package parley.tool.object;

import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import parley.channel.Broadcast;
import parley.channel.BytePipe;
import parley.channel.ChannelKind;
import parley.channel.Mailbox;
import parley.channel.MessageChannel;
import parley.channel.RequestChannel;
import parley.shm.WhenSlow;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// What a channel that is made is to be like; each option is for one kind.
final class ChannelOptions {
    private static final String WHEN_SLOW = "hold-back, lose-oldest or drop";

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            converter = Kinds.class,
            description = "chan: messages, broadcast, bytes, mailbox or requests; messages")
    private ChannelKind kind = ChannelKind.MESSAGES;

    @Option(
            names = "--senders",
            paramLabel = "N",
            description = "messages: so many at a time, 1 to 64; 4")
    private @Nullable Integer senders;

    @Option(
            names = "--receivers",
            paramLabel = "N",
            description = "messages: so many compete for them, a power of two up to 64; 1")
    private @Nullable Integer receivers;

    @Option(
            names = "--leased",
            description = "messages: who dies before he is done with one loses none")
    private boolean isLeased;

    @Option(
            names = "--subscribers",
            paramLabel = "N",
            description = "broadcast: so many at a time, 1 to 64; 16")
    private @Nullable Integer subscribers;

    @Option(
            names = "--when-slow",
            paramLabel = "WHAT",
            converter = Slowness.class,
            description = "broadcast: what becomes of a slow one: " + WHEN_SLOW + "; hold-back")
    private @Nullable WhenSlow whenSlow;

    @Option(
            names = "--clients",
            paramLabel = "N",
            description = "requests: so many at a time, 1 to 64; 8")
    private @Nullable Integer clients;

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static <E extends Enum<E>> E parsed(String word, E[] all, String expected) {
        for (var constant : all) {
            if (word(constant).equals(word)) {
                return constant;
            }
        }
        throw new TypeConversionException("'%s' is none of %s".formatted(word, expected));
    }

    private static final class Kinds implements ITypeConverter<ChannelKind> {
        @Override
        public ChannelKind convert(String word) {
            return parsed(
                    word, ChannelKind.values(), "messages, broadcast, bytes, mailbox, requests");
        }
    }

    private static final class Slowness implements ITypeConverter<WhenSlow> {
        @Override
        public WhenSlow convert(String word) {
            return parsed(word, WhenSlow.values(), WHEN_SLOW);
        }
    }

    /// Refuses an option that is not for what is made.
    interface Requirement {
        void require(String option, @Nullable Object value, boolean fits);
    }

    void requireFit(boolean isChannel, Requirement requirement) {
        boolean isMessages = isChannel && kind == ChannelKind.MESSAGES;
        boolean isBroadcast = isChannel && kind == ChannelKind.BROADCAST;
        boolean isRequests = isChannel && kind == ChannelKind.REQUESTS;
        requirement.require("--kind", kind == ChannelKind.MESSAGES ? null : kind, isChannel);
        requirement.require("--senders", senders, isMessages);
        requirement.require("--receivers", receivers, isMessages);
        requirement.require("--leased", isLeased ? true : null, isMessages);
        requirement.require("--subscribers", subscribers, isBroadcast);
        requirement.require("--when-slow", whenSlow, isBroadcast);
        requirement.require("--clients", clients, isRequests);
    }

    boolean isMailbox() {
        return kind == ChannelKind.MAILBOX;
    }

    private static int or(@Nullable Integer given, int usual) {
        return given == null ? usual : given;
    }

    /// Makes it.
    ///
    /// @param bytes it holds; null for the usual
    /// @param messages a mailbox holds; null for the usual
    /// @throws IllegalArgumentException if it cannot be like that
    void create(String name, @Nullable Long bytes, @Nullable Integer messages) throws IOException {
        switch (kind) {
            case MESSAGES -> MessageChannel.create(name, messagesSize(bytes)).close();
            case BROADCAST -> {
                var usual = Broadcast.Size.DEFAULT;
                var size =
                        new Broadcast.Size(
                                or(subscribers, usual.subscribers()),
                                capacity(bytes, usual.capacity()),
                                whenSlow == null ? usual.whenSlow() : whenSlow);
                Broadcast.create(name, size).close();
            }
            case BYTES -> BytePipe.create(name, capacity(bytes, BytePipe.CAPACITY_DEFAULT)).close();
            case MAILBOX -> {
                var usual = Mailbox.Size.DEFAULT;
                var size =
                        new Mailbox.Size(
                                or(messages, usual.messages()),
                                bytes == null ? usual.bytes() : bytes);
                Mailbox.create(name, size).close();
            }
            case REQUESTS -> {
                var usual = RequestChannel.Size.DEFAULT;
                var size =
                        new RequestChannel.Size(
                                or(clients, usual.clients()),
                                capacity(bytes, usual.requestCapacity()),
                                capacity(bytes, usual.replyCapacity()));
                RequestChannel.create(name, size).close();
            }
        }
    }

    private MessageChannel.Size messagesSize(@Nullable Long bytes) {
        var usual = MessageChannel.Size.DEFAULT;
        var made =
                new MessageChannel.Size(
                        or(senders, usual.senders()), capacity(bytes, usual.capacity()));
        int count = or(receivers, 1);
        if (isLeased) {
            return made.leased(count);
        }
        return count == 1 ? made : made.competing(count);
    }

    private static int capacity(@Nullable Long bytes, int usual) {
        if (bytes == null) {
            return usual;
        }
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("--size %d: at most 2^30".formatted(bytes));
        }
        return bytes.intValue();
    }
}
