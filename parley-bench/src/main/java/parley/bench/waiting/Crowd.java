package parley.bench.waiting;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import parley.tool.demo.Closing;

/// Virtual threads, each of which waits on a cell of its own, again and again.
///
/// In each round every cell is woken once, in an order that changes from round to round, by this
/// thread; the round is over when every thread has said that it woke. The next begins at once, when
/// some are not yet back in their wait: the race in which a wake-up could be lost. A thread that
/// was woken twice says so by failing.
final class Crowd implements AutoCloseable {
    private static final long LOST_SECONDS = 10; // nobody takes so long to wake

    private final Closing end = new Closing();
    private final List<Cell> order = new ArrayList<>();
    private final Random random;
    private final AtomicLong woken = new AtomicLong();
    private volatile CountDownLatch round;
    private volatile boolean isEnding;
    private long lost;

    /// @throws parley.os.LimitReachedException if there may not be so many descriptors
    Crowd(Cell.Kind kind, int waiters, long seed) throws Exception {
        random = new Random(seed);
        round = new CountDownLatch(waiters);
        boolean isMade = false;
        try {
            for (int i = 0; i < waiters; i++) {
                order.add(kind.making().make(end));
            }
            isMade = true;
        } finally {
            if (!isMade) {
                end.close();
            }
        }
        for (var cell : order) {
            Thread.startVirtualThread(() -> waitAgainAndAgain(cell));
        }
    }

    private void waitAgainAndAgain(Cell cell) {
        try {
            while (!isEnding) {
                cell.await();
                woken.incrementAndGet();
                round.countDown();
            }
        } catch (Exception e) {
            if (!isEnding) {
                throw new IllegalStateException(cell + " ended", e); // it is missed as lost
            }
        }
    }

    /// Wakes each once, and waits until all have woken.
    ///
    /// @return nanoseconds from the first wake-up until the last thread has said that it woke
    long wakeAll() throws Exception {
        Collections.shuffle(order, random);
        var all = new CountDownLatch(order.size());
        round = all;
        long start = System.nanoTime();
        for (var cell : order) {
            cell.wake();
        }
        if (!all.await(LOST_SECONDS, TimeUnit.SECONDS)) {
            lost += all.getCount();
        }
        return System.nanoTime() - start;
    }

    /// Wake-ups that arrived.
    long woken() {
        return woken.get();
    }

    /// Wake-ups that did not arrive.
    long lost() {
        return lost;
    }

    /// Ends all waits.
    @Override
    public void close() throws IOException {
        isEnding = true;
        end.close();
    }
}
