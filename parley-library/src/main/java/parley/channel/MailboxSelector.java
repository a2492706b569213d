package parley.channel;

import java.util.Objects;

/// Which message of a [Mailbox] to receive: of several that it may be, the oldest.
///
/// A value: make it once, not for each message.
public final class MailboxSelector {
    /// The oldest message, as a System V queue has it.
    public static final MailboxSelector ANY = new MailboxSelector(Choice.ANY, 0);

    /// The oldest message of the highest priority there is, as a POSIX queue has it.
    public static final MailboxSelector HIGHEST_PRIORITY =
            new MailboxSelector(Choice.HIGHEST_PRIORITY, 0);

    private final Choice choice;
    private final long type;

    /// What is chosen by.
    enum Choice {
        ANY("any type"),
        HIGHEST_PRIORITY("the highest priority"),
        EXACTLY("type "),
        LOWEST_UP_TO("the lowest type up to "),
        ANY_EXCEPT("any type except ");

        private final String words;

        Choice(String words) {
            this.words = words;
        }
    }

    private MailboxSelector(Choice choice, long type) {
        this.choice = choice;
        this.type = type;
    }

    /// The oldest message of this type.
    public static MailboxSelector exactly(long type) {
        return new MailboxSelector(Choice.EXACTLY, type);
    }

    /// The oldest message of the lowest type there is, if that is not above `type`: as msgrcv(2)
    /// with the negative of it.
    public static MailboxSelector lowestUpTo(long type) {
        return new MailboxSelector(Choice.LOWEST_UP_TO, type);
    }

    /// The oldest message of any other type.
    public static MailboxSelector anyExcept(long type) {
        return new MailboxSelector(Choice.ANY_EXCEPT, type);
    }

    Choice choice() {
        return choice;
    }

    long type() {
        return type;
    }

    /// True of a type that it may be; of several the lowest for [Choice#LOWEST_UP_TO].
    boolean mayBe(long other) {
        return switch (choice) {
            case ANY, HIGHEST_PRIORITY -> true;
            case EXACTLY -> other == type;
            case LOWEST_UP_TO -> other <= type;
            case ANY_EXCEPT -> other != type;
        };
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MailboxSelector that && that.choice == choice && that.type == type;
    }

    @Override
    public int hashCode() {
        return Objects.hash(choice, type);
    }

    @Override
    public String toString() {
        return switch (choice) {
            case ANY, HIGHEST_PRIORITY -> choice.words;
            case EXACTLY, LOWEST_UP_TO, ANY_EXCEPT -> choice.words + type;
        };
    }
}
