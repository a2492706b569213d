package parley.sysv;

/// Which message of a queue to receive, by its type. See msgop(2).
///
/// A value: make it once, not for each message.
public final class MessageSelector {
    /// The oldest message of any type.
    public static final MessageSelector ANY = new MessageSelector(0);

    private final long typeArgument;

    private MessageSelector(long typeArgument) {
        this.typeArgument = typeArgument;
    }

    /// The oldest message of this type.
    ///
    /// @param type at least 1
    public static MessageSelector exactly(long type) {
        return new MessageSelector(checkedType(type));
    }

    /// The oldest message of the lowest type there is, if that is not above `type`: types are then
    /// like priorities, the lowest being the most urgent.
    ///
    /// @param type at least 1
    public static MessageSelector lowestUpTo(long type) {
        return new MessageSelector(-checkedType(type));
    }

    /// A type that a message can have.
    static long checkedType(long type) {
        if (type < 1) {
            throw new IllegalArgumentException("not a type, which is at least 1: " + type);
        }
        return type;
    }

    /// The `msgtyp` of msgrcv: 0, the type, or its negative.
    long typeArgument() {
        return typeArgument;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MessageSelector that && that.typeArgument == typeArgument;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(typeArgument);
    }

    @Override
    public String toString() {
        if (typeArgument == 0) {
            return "any type";
        }
        return typeArgument > 0 ? "type " + typeArgument : "lowest type up to " + -typeArgument;
    }
}
