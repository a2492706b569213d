package parley.bench.channels;

import java.nio.file.Path;
import java.util.Locale;

/// One of the processes that share a channel, as each is told. `channels.c` reads the same words.
///
/// @param role what it does
/// @param index which of this role; the first is 0
/// @param senders how many there are
/// @param directory in memory, empty at first, of this channel alone
/// @param bytes of each message
/// @param spins how often to look again before the processor is given up
record Side(Role role, int index, int senders, Path directory, int bytes, int spins) {
    /// What a process does.
    enum Role {
        SENDER,
        RECEIVER,
        DRIVER; // neither, but the channel needs it

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Side parse(String[] words) {
        return new Side(
                Role.valueOf(words[1].toUpperCase(Locale.ROOT)),
                Integer.parseInt(words[2]),
                Integer.parseInt(words[3]),
                Path.of(words[4]),
                Integer.parseInt(words[5]),
                Integer.parseInt(words[6]));
    }

    /// The line that tells it.
    String words() {
        return "open %s %d %d %s %d %d"
                .formatted(role.word(), index, senders, directory, bytes, spins);
    }

    boolean isSender() {
        return role == Role.SENDER;
    }

    /// A file or socket of this channel.
    Path path(String name) {
        return directory.resolve(name);
    }
}
