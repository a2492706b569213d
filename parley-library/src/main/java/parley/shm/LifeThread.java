package parley.shm;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import parley.kernel.SignalH;
import parley.memory.Futex;
import parley.memory.Mapping;
import parley.os.Errno;
import parley.os.OsException;

/// The thread that stands for this process in a region: the others see its life, and it watches
/// theirs.
///
/// It does nothing else, for a robust list is a thread's own; and it maps the region itself, so
/// that this process leaves only when nobody in it can use the region any more. The kernel marks
/// its life word at the very end of the process, before the memory of that is taken down, which may
/// take long; a process that is replaced by exec has died, too.
final class LifeThread {
    /// How long who waits in a region sleeps at most before he looks again, should a wake be lost.
    /// Tests set it to what would be for ever.
    static volatile Duration lookAgain = Duration.ofSeconds(1);

    private static final long PAUSE_NANOS = 10_000_000; // after a failure, before the next look

    /// Told of each one who has gone.
    interface Listener {
        /// On the life thread: must not wait.
        ///
        /// @param pid 0 if it was not seen
        void gone(int tag, int pid);
    }

    private final Mapping mapping;
    private final SegmentWords words;
    private final ParticipantTable table;
    private final Listener listener;
    private final CompletableFuture<Integer> claimed = new CompletableFuture<>();
    private final Thread thread =
            Thread.ofPlatform()
                    .daemon()
                    .inheritInheritableThreadLocals(false)
                    .name("parley-life")
                    .unstarted(this::run);
    private final long[] seen; // of each slot what it was at the last look
    private final int[] pids; // and whose it was
    private volatile boolean isOver;

    /// @param mapping of its own
    LifeThread(Mapping mapping, int slots, Listener listener) {
        this.mapping = mapping;
        this.words = new SegmentWords(mapping);
        this.table = new ParticipantTable(words, RegionLayout.TABLE, slots);
        this.listener = listener;
        this.seen = new long[slots];
        this.pids = new int[slots];
    }

    /// Takes a slot.
    ///
    /// @return its tag
    int start() throws IOException {
        try {
            thread.start();
        } catch (OutOfMemoryError e) { // there are as many as there may be
            mapping.close();
            throw e;
        }
        try {
            return claimed.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException refused) {
                throw refused;
            }
            throw e;
        }
    }

    /// Leaves, and returns when that is done.
    void close() {
        isOver = true;
        boolean isInterrupted = false;
        while (thread.isAlive()) {
            thread.interrupt();
            try {
                thread.join(1);
            } catch (InterruptedException _) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (mapping;
                var robust = new RobustList()) {
            int tag = claim(robust);
            try {
                for (int slot = 0; slot < seen.length; slot++) {
                    seen[slot] = table.owner(slot); // who is gone by now is nobody's business here
                    pids[slot] = table.pid(slot);
                }
                announce();
                claimed.complete(tag);
                watch(tag);
            } finally {
                table.leave(tag, robust::watchNothing);
                int _ =
                        words.wake(
                                table.lifeOffset(ParticipantTable.slotOf(tag)), Integer.MAX_VALUE);
            }
        } catch (Throwable e) { // whoever has started it waits for this
            claimed.completeExceptionally(e);
        }
    }

    private int claim(RobustList robust) throws OsException {
        int pid = (int) ProcessHandle.current().pid();
        long base = mapping.segment().address();
        int tag =
                table.claim(
                        SignalH.gettid(),
                        pid,
                        words.getInt(RegionLayout.JOINS),
                        slot -> {
                            if (slot < 0) {
                                robust.watchNothing();
                            } else {
                                robust.watch(base + table.lifeOffset(slot));
                            }
                        });
        if (tag == ParticipantTable.NOBODY) {
            var all = "all %d places of the region are taken".formatted(table.slots());
            throw OsException.of("attach", "", Errno.EUSERS.number(), all);
        }
        return tag;
    }

    private void announce() {
        int _ = words.getAndAddInt(RegionLayout.JOINS, 1);
        int _ = words.wake(RegionLayout.JOINS, Integer.MAX_VALUE);
    }

    /// Whatever fails, this process is alive, and must be seen to be: it goes on.
    private void watch(int own) {
        while (!isOver) {
            try {
                var _ = Futex.awaitAny(look(own), lookAgain);
            } catch (InterruptedException _) {
                // To end, or by mistake.
            } catch (Throwable _) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    /// Tells who has gone since the last look.
    ///
    /// @return what is to be seen until the next change
    private List<Futex.Expectation> look(int own) {
        var expected = new ArrayList<Futex.Expectation>();
        int joins =
                words.getInt(RegionLayout.JOINS); // before the slots: who comes later changes it
        expected.add(new Futex.Expectation(mapping.futex(RegionLayout.JOINS), joins));
        for (int slot = 0; slot < seen.length; slot++) {
            long owner = table.owner(slot);
            if (owner != seen[slot]) {
                tellGone(slot, owner);
                seen[slot] = owner;
            }
            if (ParticipantTable.isAlive(owner)) {
                pids[slot] = table.pid(slot);
                if (ParticipantTable.tag(slot, owner) != own) {
                    var word = mapping.futex(table.lifeOffset(slot));
                    expected.add(new Futex.Expectation(word, ParticipantTable.life(owner)));
                }
            }
        }
        return expected;
    }

    private void tellGone(int slot, long owner) {
        int last = ParticipantTable.tag(slot, seen[slot]);
        int _ = words.wake(table.lifeOffset(slot), Integer.MAX_VALUE); // the kernel wakes one only
        for (int tag : ParticipantTable.goneBetween(slot, seen[slot], owner)) {
            listener.gone(tag, tag == last ? pids[slot] : 0);
        }
    }
}
