package parley.shm;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.IntConsumer;
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
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1); // should a wake be lost

    private final Mapping mapping;
    private final SegmentWords words;
    private final ParticipantTable table;
    private final IntConsumer whenGone;
    private final CompletableFuture<Integer> claimed = new CompletableFuture<>();
    private final Thread thread =
            Thread.ofPlatform()
                    .daemon()
                    .inheritInheritableThreadLocals(false)
                    .name("parley-life")
                    .unstarted(this::run);
    private volatile boolean isOver;

    /// @param mapping of its own
    /// @param whenGone told the tag of each one who was there and is not any more; must not block
    LifeThread(Mapping mapping, int slots, IntConsumer whenGone) {
        this.mapping = mapping;
        this.words = new SegmentWords(mapping);
        this.table = new ParticipantTable(words, RegionLayout.TABLE, slots);
        this.whenGone = whenGone;
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
                announce();
                claimed.complete(tag);
                watch(tag);
            } finally {
                table.leave(tag);
                words.wake(table.lifeOffset(ParticipantTable.slotOf(tag)), Integer.MAX_VALUE);
            }
        } catch (IOException | RuntimeException e) {
            claimed.completeExceptionally(e);
        }
    }

    private int claim(RobustList robust) throws OsException {
        int pid = (int) ProcessHandle.current().pid();
        long base = mapping.segment().address();
        int tag =
                table.claim(
                        SignalH.gettid(), pid, slot -> robust.watch(base + table.lifeOffset(slot)));
        if (tag == ParticipantTable.NOBODY) {
            var all = "all %d places of the region are taken".formatted(table.slots());
            throw OsException.of("attach", "", Errno.EUSERS.number(), all);
        }
        return tag;
    }

    private void announce() {
        int _ = words.getAndAddInt(RegionLayout.JOINS, 1);
        words.wake(RegionLayout.JOINS, Integer.MAX_VALUE);
    }

    private void watch(int own) throws IOException {
        var known = new int[table.slots()];
        while (!isOver) {
            try {
                var _ = Futex.awaitAny(look(own, known), LOOK_AGAIN);
            } catch (InterruptedException _) {
                // To end, or by mistake.
            }
        }
    }

    /// Tells who has gone since the last look.
    ///
    /// @param known the tag of who was alive in each slot then
    /// @return what is to be seen until the next change
    private List<Futex.Expectation> look(int own, int[] known) {
        var expected = new ArrayList<Futex.Expectation>();
        int joins =
                words.getInt(RegionLayout.JOINS); // before the slots: who comes later changes it
        expected.add(new Futex.Expectation(mapping.futex(RegionLayout.JOINS), joins));
        for (int slot = 0; slot < known.length; slot++) {
            long owner = table.owner(slot);
            boolean isAlive = ParticipantTable.isAlive(owner);
            int tag = isAlive ? ParticipantTable.tag(slot, owner) : ParticipantTable.NOBODY;
            if (known[slot] != tag) {
                int gone = known[slot];
                known[slot] = tag;
                tellGone(slot, gone);
            }
            if (isAlive && tag != own) {
                var word = mapping.futex(table.lifeOffset(slot));
                expected.add(new Futex.Expectation(word, ParticipantTable.life(owner)));
            }
        }
        return expected;
    }

    private void tellGone(int slot, int gone) {
        if (gone != ParticipantTable.NOBODY) {
            words.wake(table.lifeOffset(slot), Integer.MAX_VALUE); // the kernel wakes one only
            whenGone.accept(gone);
        }
    }
}
