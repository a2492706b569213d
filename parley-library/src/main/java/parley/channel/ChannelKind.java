package parley.channel;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import parley.os.NotFoundException;
import parley.shm.BadRegionException;
import parley.shm.SharedRegion;

/// The kinds of channels. Which one a region is stands in its header, as a number of 64 bits, which
/// also says how large it is: see `docs/wire/channel.md`.
public enum ChannelKind {
    /// A [MessageChannel].
    MESSAGES("message channel", "chan", 1),
    /// A [Broadcast].
    BROADCAST("broadcast", "cast", 1),
    /// A [BytePipe].
    BYTES("byte pipe", "pipe", 1),
    /// A [RequestChannel].
    REQUESTS("request channel", "call", 1),
    /// A [Mailbox].
    MAILBOX("mailbox", "mail", 1);

    private final String noun;
    private final int code;
    private final int version;

    /// @param noun what it is called
    /// @param letters four, as they are in memory
    ChannelKind(String noun, String letters, int version) {
        this.noun = noun;
        this.code = codeOf(letters);
        this.version = version;
    }

    private static int codeOf(String letters) {
        int code = 0;
        for (int i = 0; i < Integer.BYTES; i++) {
            code |= letters.charAt(i) << (i * Byte.SIZE);
        }
        return code;
    }

    /// What kind of channel has this name.
    ///
    /// @throws NotFoundException if there is none of this name
    /// @throws BadRegionException if it is something else
    public static ChannelKind of(String name) throws IOException {
        long number = SharedRegion.layout(name);
        for (var kind : values()) {
            if ((int) number == kind.code) {
                return kind;
            }
        }
        throw new BadRegionException(name + ": it is no channel");
    }

    /// The names of this user's channels of this kind.
    public List<String> list() throws IOException {
        var names = new ArrayList<String>();
        for (var name : SharedRegion.list()) {
            try {
                if ((int) SharedRegion.layout(name) == code) {
                    names.add(name);
                }
            } catch (BadRegionException | NotFoundException _) {
                // Something else, or gone meanwhile.
            }
        }
        return names;
    }

    /// What it is called.
    public String noun() {
        return noun;
    }

    /// What the header of the region says.
    ///
    /// @param shape 16 bits, of which the kind says what they mean
    long number(int shape) {
        return (long) (version << Short.SIZE | shape) << Integer.SIZE
                | Integer.toUnsignedLong(code);
    }

    /// The shape in such a number.
    ///
    /// @throws BadRegionException if it is no channel of this kind, or one of another version
    int shape(long number, String object) throws BadRegionException {
        int upper = (int) (number >>> Integer.SIZE);
        if ((int) number != code) {
            throw new BadRegionException("%s: it is no %s".formatted(object, noun));
        }
        if (upper >>> Short.SIZE != version) {
            throw new BadRegionException(
                    "%s: it has version %d of the format, and this is version %d"
                            .formatted(object, upper >>> Short.SIZE, version));
        }
        return upper & 0xffff;
    }
}
