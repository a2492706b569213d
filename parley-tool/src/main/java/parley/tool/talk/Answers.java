package parley.tool.talk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import parley.os.OsException;

/// The answers of a datagram socket that hears everybody: each goes to whom was heard last.
///
/// The socket takes no peer: the kernel would refuse all others, even when that one has gone. An
/// answer that cannot reach its receiver, or for which he has no room for a while, is lost, and
/// that is said: the others go on. One thread hears and one answers.
final class Answers {
    private static final Duration PATIENCE = Duration.ofMillis(100);

    private final Talk talk;
    private final CountDownLatch heard = new CountDownLatch(1);
    private volatile @Nullable Sender last;
    private @Nullable Object full; // the name of who had no room: him nobody waits for again

    Answers(Talk talk) {
        this.talk = talk;
    }

    /// Somebody who was heard.
    private record Sender(Object name, Way way) {}

    /// How to reach somebody.
    @FunctionalInterface
    interface Way {
        /// False if there was no room in time.
        boolean send(MemorySegment answer, Duration timeout)
                throws IOException, InterruptedException;
    }

    /// Somebody was heard, who can be answered.
    void hear(Object name, Way way) {
        last = new Sender(name, way);
        heard.countDown();
    }

    /// Nobody will be heard any more.
    void end() {
        heard.countDown();
    }

    /// Answers, when somebody has been heard.
    void send(MemorySegment answer) throws IOException, InterruptedException {
        heard.await();
        var to = last;
        if (to == null) {
            return;
        }
        var patience = to.name().equals(full) ? Duration.ZERO : PATIENCE;
        try {
            boolean isSent = to.way().send(answer, patience);
            full = isSent ? null : to.name();
            if (!isSent) {
                talk.says("an answer to " + to.name() + " is lost, who has no room for it");
            }
        } catch (OsException e) {
            talk.says(e);
        }
    }
}
