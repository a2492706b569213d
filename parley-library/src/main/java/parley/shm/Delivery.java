package parley.shm;

/// How many receive from a ring, and when a message is gone from it.
public enum Delivery {
    /// One receiver at a time, who may read messages where they lie: the fastest.
    TO_ONE(0),
    /// Many receivers, who compete: each message goes to one of them, and is gone as soon as he has
    /// a copy of it. If he is killed then, nobody gets it: at most once.
    COMPETING(1),
    /// Many receivers, who compete: each message is leased to one of them, and gone when he
    /// acknowledges it. If he gives it back, or dies, another gets it: at least once.
    LEASED(2);

    private final int code;

    Delivery(int code) {
        this.code = code;
    }

    /// What stands for it in memory.
    public int code() {
        return code;
    }
}
