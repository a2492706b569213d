package parley.tool.talk;

/// What an address is opened for. Of a file and a FIFO it decides which end is opened.
enum Role {
    RECEIVE,
    /// Receives for ever: that the last writer of a FIFO has gone is not the end.
    FOLLOW,
    SEND,
    /// The first one of a bridge: what goes one way only is read.
    FIRST,
    /// The second one of a bridge: what goes one way only is written.
    SECOND;

    boolean isBridge() {
        return this == FIRST || this == SECOND;
    }

    boolean isRead() {
        return this != SEND && this != SECOND;
    }
}
