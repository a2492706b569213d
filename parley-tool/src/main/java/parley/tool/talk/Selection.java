package parley.tool.talk;

import java.util.Optional;
import java.util.regex.Pattern;
import parley.channel.MailboxSelector;
import parley.sysv.MessageSelector;

/// Which messages of a queue are wanted, by their type: the letter, and the number, if it is not
/// any.
///
/// @param way empty for this type, `-` for the lowest up to it, `!` for any other
record Selection(String way, long type) {
    static final Selection ANY = new Selection("", 0);

    private static final Pattern WORD = Pattern.compile("([-!]?)([1-9][0-9]{0,17})");

    /// Reads `3`, `-3`, `!3`, and `0` for any.
    static Optional<Selection> parse(String word) {
        if (word.equals("0")) {
            return Optional.of(ANY);
        }
        var matcher = WORD.matcher(word);
        return matcher.matches()
                ? Optional.of(new Selection(matcher.group(1), Long.parseLong(matcher.group(2))))
                : Optional.empty();
    }

    private boolean isAny() {
        return type == 0;
    }

    /// For a System V queue.
    MessageSelector ofQueue() {
        if (isAny()) {
            return MessageSelector.ANY;
        }
        return switch (way) {
            case "-" -> MessageSelector.lowestUpTo(type);
            case "!" -> MessageSelector.anyExcept(type);
            default -> MessageSelector.exactly(type);
        };
    }

    /// For a mailbox, whose most urgent message is the first if any will do.
    MailboxSelector ofMailbox() {
        if (isAny()) {
            return MailboxSelector.HIGHEST_PRIORITY;
        }
        return switch (way) {
            case "-" -> MailboxSelector.lowestUpTo(type);
            case "!" -> MailboxSelector.anyExcept(type);
            default -> MailboxSelector.exactly(type);
        };
    }
}
