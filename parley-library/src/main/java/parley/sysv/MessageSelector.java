package parley.sysv;

import parley.kernel.SysMsg;

/// Which message of a queue to receive, by its type. See msgop(2).
///
/// A value: make it once, not for each message.
public final class MessageSelector {
    /// The oldest message of any type.
    public static final MessageSelector ANY = new MessageSelector(0, 0);

    private final long typeArgument;
    private final int flags;

    private MessageSelector(long typeArgument, int flags) {
        this.typeArgument = typeArgument;
        this.flags = flags;
    }

    /// The oldest message of this type.
    ///
    /// @param type at least 1
    public static MessageSelector exactly(long type) {
        return new MessageSelector(checkedType(type), 0);
    }

    /// The oldest message of the lowest type there is, if that is not above `type`: types are then
    /// like priorities, the lowest being the most urgent.
    ///
    /// @param type at least 1
    public static MessageSelector lowestUpTo(long type) {
        return new MessageSelector(-checkedType(type), 0);
    }

    /// The oldest message of any other type. (`MSG_EXCEPT`)
    ///
    /// @param type at least 1
    public static MessageSelector anyExcept(long type) {
        return new MessageSelector(checkedType(type), SysMsg.MSG_EXCEPT);
    }

    /// A copy of a message, which stays in the queue.
    ///
    /// @param index its place from the oldest, which has 0
    static MessageSelector copyOf(int index) {
        return new MessageSelector(index, SysMsg.MSG_COPY);
    }

    /// The same choice, where a text that is longer than the room for it is cut off; its rest is
    /// lost. (`MSG_NOERROR`)
    public MessageSelector cutOff() {
        return new MessageSelector(typeArgument, flags | SysMsg.MSG_NOERROR);
    }

    /// A type that a message can have.
    static long checkedType(long type) {
        if (type < 1) {
            throw new IllegalArgumentException("not a type, which is at least 1: " + type);
        }
        return type;
    }

    /// The `msgtyp` of msgrcv: 0, the type, its negative, or an index.
    long typeArgument() {
        return typeArgument;
    }

    /// The flags of msgrcv for a room that is all there is for the text: `isWhole`, or for less, in
    /// which nothing may be cut off.
    int flags(boolean isWhole) {
        return isWhole ? flags : flags & ~SysMsg.MSG_NOERROR;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MessageSelector that
                && that.typeArgument == typeArgument
                && that.flags == flags;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(typeArgument) ^ flags;
    }

    @Override
    public String toString() {
        return choice() + ((flags & SysMsg.MSG_NOERROR) != 0 ? ", cut off" : "");
    }

    private String choice() {
        if ((flags & SysMsg.MSG_COPY) != 0) {
            return "copy of number " + typeArgument;
        }
        if ((flags & SysMsg.MSG_EXCEPT) != 0) {
            return "any type except " + typeArgument;
        }
        if (typeArgument == 0) {
            return "any type";
        }
        return typeArgument > 0 ? "type " + typeArgument : "lowest type up to " + -typeArgument;
    }
}
