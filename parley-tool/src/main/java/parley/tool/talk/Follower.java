package parley.tool.talk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import parley.os.LimitReachedException;
import parley.pipe.Pipe;

/// Bridges every connection that is made, many at a time: on virtual threads.
final class Follower {
    private final Place accepting;
    private final Place other;
    private final Talk talk;
    private final Patience patience = new Patience(); // without end
    private final Set<Endpoint> open = ConcurrentHashMap.newKeySet();
    private final Semaphore ended = new Semaphore(0);

    Follower(Place accepting, Place other, Talk talk) {
        this.accepting = accepting;
        this.other = other;
        this.talk = talk;
    }

    /// Goes on until interrupted; then all connections are closed.
    void run() throws IOException, InterruptedException {
        prepareToWait();
        try {
            while (true) {
                var endpoint = accept();
                open.add(endpoint);
                var _ = Thread.ofVirtual().start(() -> bridge(endpoint));
            }
        } finally {
            for (var endpoint : open) {
                endpoint.close();
            }
        }
    }

    /// Makes what virtual threads wait with, while there are descriptors for it: when each one is a
    /// connection there may be none.
    private static void prepareToWait() throws InterruptedException {
        Thread.ofVirtual()
                .start(() -> {
                    try (var pipe = Pipe.create();
                            var arena = Arena.ofConfined()) {
                        var _ = pipe.source().read(arena.allocate(1), Duration.ofNanos(1));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .join();
    }

    /// At the limit of descriptors, a connection has to end before another is accepted.
    private Endpoint accept() throws IOException, InterruptedException {
        boolean wasAlone = false;
        while (true) {
            ended.drainPermits();
            boolean isAlone = open.isEmpty(); // looked at before: the last may end just now
            try {
                return accepting.open(patience);
            } catch (LimitReachedException e) {
                if (isAlone && wasAlone) {
                    throw e;
                }
                wasAlone = isAlone;
                if (isAlone) {
                    continue;
                }
                talk.says(e);
                ended.acquire();
            }
        }
    }

    private void bridge(Endpoint accepted) {
        try (accepted) {
            try (var reached = other.open(patience)) {
                open.add(reached);
                try {
                    new Bridge(accepted, reached).run(Thread.ofVirtual().factory());
                } finally {
                    open.remove(reached);
                }
            }
        } catch (IOException | RuntimeException e) {
            talk.says(e);
        } catch (InterruptedException _) {
            // Nobody interrupts these; and if, it is over.
        } finally {
            open.remove(accepted);
            ended.release();
        }
    }
}
