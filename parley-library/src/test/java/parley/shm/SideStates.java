package parley.shm;

import java.io.IOException;
import java.util.Random;

/// The two sides of something in a ring's memory; each is killed at any access to it, and followed
/// by another, who may be killed when he begins; and before any access the other side may do
/// something whole, and be killed in it.
abstract class SideStates {
    private static final int ACTIONS = 60; // in one history
    private static final int NEVER = Integer.MAX_VALUE;

    final Random random;
    final HeapRingMemory memory;
    private long states;

    SideStates(long seed, HeapRingMemory memory) {
        this.random = new Random(seed);
        this.memory = memory;
    }

    /// Begins a history.
    abstract void begin();

    abstract void send() throws IOException;

    abstract void receive() throws IOException;

    abstract void senderKilled();

    abstract void receiverKilled();

    /// Looks whether what there is now is right.
    abstract void end() throws IOException;

    /// Goes through so many states.
    ///
    /// @throws AssertionError if one is wrong
    void explore(long count) {
        while (states < count) {
            begin();
            for (int i = 0; i < ACTIONS; i++) {
                act(random.nextBoolean(), true);
            }
            try {
                end();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    private void act(boolean isSender, boolean mayBeInterrupted) {
        int otherActsBefore = mayBeInterrupted ? random.nextInt(16) : NEVER;
        int killedBefore = random.nextInt(4) == 0 ? random.nextInt(24) : NEVER;
        var accesses = new int[1];
        var last =
                memory.beforeEach(() -> {
                    states++;
                    int access = accesses[0]++;
                    if (access == otherActsBefore) {
                        act(!isSender, false);
                    }
                    if (access == killedBefore) {
                        throw new HeapWords.Killed();
                    }
                });
        try {
            if (isSender) {
                send();
            } else {
                receive();
            }
        } catch (HeapWords.Killed _) {
            if (isSender) {
                senderKilled();
            } else {
                receiverKilled();
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        } finally {
            memory.beforeEach(last);
        }
    }
}
