package parley.shm;

/// What becomes of a subscriber who is slower than the publisher, once the ring is full of messages
/// that he has not received.
public enum WhenSlow {
    /// The publisher waits for him, as long as he is alive: nobody loses anything.
    HOLD_BACK(1),
    /// He loses the oldest ones, and is told how many: nobody waits for him.
    LOSE_OLDEST(2),
    /// His subscription ends, and he is told: nobody waits for him, and who goes on has seen all.
    DROP(3);

    private final int code;

    WhenSlow(int code) {
        this.code = code;
    }

    /// What stands for it in memory.
    public int code() {
        return code;
    }
}
