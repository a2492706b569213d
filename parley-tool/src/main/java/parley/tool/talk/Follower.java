package parley.tool.talk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import parley.os.Limit;
import parley.os.LimitReachedException;
import parley.pipe.Pipe;
import parley.tool.Patience;

/// Bridges every connection that is made, as many at a time as there are descriptors for: on
/// virtual threads. Who comes beyond them waits to be accepted.
final class Follower {
    private static final int SPARE_DESCRIPTORS = 16;

    private final Place accepting;
    private final Place other;
    private final Talk talk;
    private final Patience patience = new Patience(); // without end
    private final Set<Endpoint> open = ConcurrentHashMap.newKeySet();
    private final Semaphore ended = new Semaphore(0);
    private final Semaphore room;

    Follower(Place accepting, Place other, Talk talk) {
        this.accepting = accepting;
        this.other = other;
        this.talk = talk;
        this.room = new Semaphore(talksAtOnce(accepting.descriptors() + other.descriptors()));
    }

    private static int talksAtOnce(int descriptors) {
        var limit = Limit.RLIMIT_NOFILE;
        long free = limit.value().orElse(Limit.UNLIMITED) - limit.used().orElse(0);
        return Math.clamp((free - SPARE_DESCRIPTORS) / descriptors, 1, Integer.MAX_VALUE);
    }

    /// Goes on until interrupted; then all connections are closed.
    void run() throws IOException, InterruptedException {
        prepareToWait();
        try {
            while (true) {
                room.acquire();
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

    /// If others use up what descriptors there are, a connection has to end before another is
    /// accepted.
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
                    new Bridge(accepted, reached, talk).run(Thread.ofVirtual().factory());
                } finally {
                    open.remove(reached);
                }
            }
        } catch (ClosedChannelException _) {
            // That is how all of them are ended.
        } catch (IOException | RuntimeException e) {
            talk.says(e);
        } catch (InterruptedException _) {
            // Nobody interrupts these; and if, it is over.
        } finally {
            open.remove(accepted);
            room.release();
            ended.release();
        }
    }
}
