package parley.channel;

/// What a wait does when there is nobody at the other side.
public enum WhenAlone {
    /// It goes on until somebody comes: as with a queue.
    WAIT,
    /// It ends once somebody was there, and none is left or alive: as with a pipe. Who receives is
    /// told of the end when all is received, and who sends that nobody would read it.
    END
}
