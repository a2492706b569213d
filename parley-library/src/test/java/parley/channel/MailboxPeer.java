package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import parley.channel.Mailbox.Message;
import parley.peer.Command;
import parley.peer.Peer;

/// A process that uses a mailbox with a name; it says when it is there, and goes on until it is
/// killed.
final class MailboxPeer {
    private static final int LONGEST = 1000;
    private static final long TORN = -1; // in the file

    private MailboxPeer() {}

    /// Starts one.
    ///
    /// @param doing `send`: messages of which its number is part; `receive`: writes what it got
    ///   into a file
    static Peer start(String doing, String name, String more) throws Exception {
        var peer = Peer.start(Command.java(List.of(), MailboxPeer.class, doing, name, more));
        var line = peer.line();
        if (!line.equals("there")) {
            throw new AssertionError(line);
        }
        return peer;
    }

    /// What was sent by whom, as one number, with bytes that follow from it.
    private static byte[] message(long identity) {
        var bytes = new byte[Long.BYTES + (int) (identity * 31 % (LONGEST - Long.BYTES))];
        var message = MemorySegment.ofArray(bytes).fill((byte) identity);
        message.set(JAVA_LONG_UNALIGNED, 0, identity);
        return bytes;
    }

    /// @throws AssertionError if it is not as it was sent
    static long identity(Message message) {
        var content = MemorySegment.ofArray(message.content());
        long identity = content.get(JAVA_LONG_UNALIGNED, 0);
        if (content.mismatch(MemorySegment.ofArray(message(identity))) >= 0) {
            throw new AssertionError("torn: " + identity);
        }
        return identity;
    }

    /// What receivers got, each once.
    static Set<Long> read(Path log) throws IOException {
        var bytes = ByteBuffer.wrap(Files.readAllBytes(log));
        var identities = new HashSet<Long>();
        while (bytes.remaining() >= Long.BYTES) {
            long identity = bytes.getLong();
            if (identity == TORN || !identities.add(identity)) {
                throw new AssertionError(identity + " was received twice, or torn");
            }
        }
        return identities;
    }

    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws Exception {
        try (var mailbox = Mailbox.open(arguments[1])) {
            System.out.println("there");
            if (arguments[0].equals("send")) {
                long first = Long.parseLong(arguments[2]) << Integer.SIZE;
                for (long identity = first; ; identity++) {
                    mailbox.send(message(identity), identity % 4, (int) identity % 5);
                }
            }
            var selectors =
                    List.of(
                            MailboxSelector.ANY,
                            MailboxSelector.HIGHEST_PRIORITY,
                            MailboxSelector.lowestUpTo(3));
            try (var log = FileChannel.open(Path.of(arguments[2]), StandardOpenOption.APPEND)) {
                for (int i = 0; ; i++) {
                    var message = mailbox.receive(selectors.get(i % 3));
                    long identity = TORN;
                    try {
                        identity = identity(message);
                    } finally {
                        int _ = log.write(ByteBuffer.allocate(Long.BYTES).putLong(0, identity));
                    }
                }
            }
        }
    }
}
