package parley.tool.talk;

import java.io.IOException;
import parley.channel.Broadcast;
import parley.channel.BytePipe;
import parley.channel.ChannelKind;
import parley.channel.Mailbox;
import parley.channel.WhenAlone;
import parley.os.Errno;
import parley.os.OsException;
import parley.shm.BroadcastRing.Beginning;

/// Channels of all kinds, as sides of a talk.
final class Channels {
    private Channels() {}

    /// True if there is a channel of this kind and name.
    static boolean isOf(ChannelKind kind, String name) {
        try {
            return ChannelKind.of(name) == kind;
        } catch (IOException _) {
            return false; // which is told when it is opened
        }
    }

    /// Opens one, to receive from or to send to.
    static Endpoint open(String name, Role role) throws IOException {
        boolean isRead = role.isRead();
        return switch (ChannelKind.of(name)) {
            case MESSAGES -> Channel.open(name, isRead);
            case BROADCAST -> opened(Broadcast.open(name), isRead);
            case BYTES -> opened(BytePipe.open(name), role);
            case MAILBOX -> new Queue(new Queue.Mail(Mailbox.open(name)), isRead);
            case REQUESTS -> {
                var detail = "a request channel is called: parley call chan:" + name;
                var number = Errno.EOPNOTSUPP.number();
                throw OsException.of("open", "chan:" + name, number, detail);
            }
        };
    }

    /// Who receives has all that is still there.
    private static OneWay opened(Broadcast broadcast, boolean isRead) throws IOException {
        boolean isOpen = false;
        try {
            var end =
                    new OneWay(
                            isRead ? broadcast.subscriber(Beginning.OLDEST) : null,
                            isRead ? null : broadcast.publisher(),
                            broadcast.messageBytesMax(),
                            broadcast::close);
            isOpen = true;
            return end;
        } finally {
            if (!isOpen) {
                broadcast.close();
            }
        }
    }

    /// Who follows waits for the next writer when one has gone.
    private static Bytes opened(BytePipe pipe, Role role) throws IOException {
        boolean isOpen = false;
        try {
            var end =
                    role.isRead()
                            ? Bytes.of(pipe.source().whenAlone(whenAlone(role)))
                            : Bytes.of(pipe.sink().whenAlone(WhenAlone.WAIT));
            isOpen = true;
            return end;
        } finally {
            if (!isOpen) {
                pipe.close();
            }
        }
    }

    private static WhenAlone whenAlone(Role role) {
        return role == Role.FOLLOW ? WhenAlone.WAIT : WhenAlone.END;
    }
}
