package parley.shm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import parley.kernel.SignalH;
import parley.memory.Futex;
import parley.memory.Mapping;
import parley.os.Errno;
import parley.os.OsException;
import parley.ready.Interruption;

/// The thread that stands for this process in a region: the others see its life, and it watches
/// theirs.
///
/// It does nothing else, for a robust list is a thread's own; and it maps the region itself, so
/// that this process leaves only when nobody in it can use the region any more. When it ends the
/// kernel marks its life word: it leaves in the same way as it dies. That is before the memory of
/// the process is taken down, which may take long; a process that is replaced by exec has died,
/// too.
///
/// Where the kernel is not allowed to know robust lists, the others look at its lock, twenty times
/// a second.
final class LifeThread {
    /// How long who waits in a region sleeps at most before he looks again, should a wake be lost.
    /// Tests set it to what would be for ever.
    static volatile Duration lookAgain = Duration.ofSeconds(1);

    /// The kernel wakes one of those who watch a life word, who wakes the others unless his JVM is
    /// in a pause just then: they look themselves so often while others sleep once.
    private static final int LOOKS = 10;

    private static final Duration OFTEN = Duration.ofMillis(50); // where the kernel tells nothing
    private static final long PAUSE_NANOS = 10_000_000; // after a failure, before the next look
    private static final long AWAITED_NANOS = 1_000_000;
    private static final long MOMENT_NANOS = 20_000;

    /// Told of each one who has gone.
    interface Listener {
        /// On the life thread: must not wait.
        ///
        /// @param pid 0 if it was not seen
        void gone(int tag, int pid);

        /// The file of the region was shortened; on the life thread, which then ends.
        ///
        /// @return false if this could not be done with just now
        boolean truncated();
    }

    private final Mapping mapping;
    private final SegmentWords words;
    private final ParticipantTable table;
    private final Truncation truncation;
    private final SlotLocks locks;
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
    private volatile @Nullable RobustList robust; // null where the kernel does not know such
    private volatile @Nullable KernelThread kernelThread;
    private volatile int tag = ParticipantTable.NOBODY;
    private boolean hasUnwatched; // of whom the kernel does not tell that they end
    private volatile boolean isOver;
    private boolean isClosed;

    /// @param mapping of its own, as the locks are
    LifeThread(
            Mapping mapping, Truncation truncation, SlotLocks locks, int slots, Listener listener) {
        this.mapping = mapping;
        this.truncation = truncation;
        this.locks = locks;
        this.words = new SegmentWords(mapping, truncation);
        this.table = new ParticipantTable(words, RegionLayout.TABLE, slots);
        this.listener = listener;
        this.seen = new long[slots];
        this.pids = new int[slots];
    }

    /// Takes a slot.
    ///
    /// @return its tag
    int start() throws IOException {
        boolean isStarted = false;
        try {
            thread.start(); // OutOfMemoryError: there are as many as there may be
            int ours = claimed.join();
            isStarted = true;
            return ours;
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException refused) {
                throw refused;
            }
            throw e;
        } finally {
            if (!isStarted) {
                close();
            }
        }
    }

    /// Leaves, and returns when that is done; more calls do nothing.
    synchronized void close() {
        if (isClosed) {
            return;
        }
        isOver = true;
        boolean isInterrupted = Thread.interrupted();
        while (thread.isAlive()) {
            thread.interrupt();
            try {
                thread.join(1);
            } catch (InterruptedException _) {
                isInterrupted = true;
            }
        }
        while (isNeeded()) {
            LockSupport.parkNanos(MOMENT_NANOS);
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
        var list = robust;
        if (list != null) {
            list.close();
        }
        mapping.close();
        locks.close();
        isClosed = true;
    }

    /// Waits until nothing is left of the process of a participant.
    void awaitEnd(int of) throws IOException, InterruptedException {
        int slot = ParticipantTable.slotOf(of);
        try {
            while (table.hasSlot(of) && locks.isLocked(slot)) {
                truncation.requireUnknown();
                Interruption.check();
                LockSupport.parkNanos(AWAITED_NANOS);
            }
            truncation.requireUnknown();
        } catch (IllegalStateException e) {
            throw words.closed(e);
        }
    }

    /// The kernel marks the life word, and reads the list for that, a little later than the thread
    /// ends in Java.
    private boolean isNeeded() {
        boolean isMarked = tag != ParticipantTable.NOBODY && !table.isAlive(tag);
        var ending = kernelThread;
        return ending != null && !isMarked && !ending.isGone();
    }

    private void run() {
        try {
            kernelThread = KernelThread.current();
            robust = RobustList.ofThisThread().orElse(null);
            tag = claim();
            for (int slot = 0; slot < seen.length; slot++) {
                seen[slot] = table.owner(slot); // who is gone by now is nobody's business here
                pids[slot] = table.pid(slot, seen[slot]);
            }
            announce();
            claimed.complete(tag);
            watch();
            leave();
        } catch (Throwable e) { // whoever has started it waits for this
            claimed.completeExceptionally(e);
        }
    }

    private int claim() throws IOException {
        int pid = (int) ProcessHandle.current().pid();
        int first = words.getInt(RegionLayout.JOINS);
        int got;
        try {
            got = table.claim(SignalH.gettid(), pid, first, new OwnSlot());
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        if (got == ParticipantTable.NOBODY) {
            var all = "all %d places of the region are taken".formatted(table.slots());
            throw OsException.of("attach", "", Errno.EUSERS.number(), all);
        }
        return got;
    }

    /// What the kernel does for this thread.
    private final class OwnSlot implements ParticipantTable.Kernel {
        @Override
        public boolean reserve(int slot) {
            try {
                return locks.tryLock(slot);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void release(int slot) {
            try {
                locks.unlock(slot);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public boolean watch(int slot) {
            var list = robust;
            if (list == null) {
                return false;
            }
            list.watch(mapping.segment().address() + table.lifeOffset(slot));
            return true;
        }

        @Override
        public void watchNothing() {
            var list = robust;
            if (list != null) {
                list.watchNothing();
            }
        }
    }

    private void announce() {
        int _ = words.getAndAddInt(RegionLayout.JOINS, 1);
        int _ = words.wake(RegionLayout.JOINS, Integer.MAX_VALUE);
    }

    /// The kernel marks the life word when this thread has ended, as it does when it is killed.
    private void leave() {
        table.sayLeft(tag);
        if (robust == null) {
            int slot = ParticipantTable.slotOf(tag);
            table.markDead(slot, table.owner(slot));
            int _ = words.wake(table.lifeOffset(slot), Integer.MAX_VALUE);
        }
    }

    /// Whatever fails, this process is alive, and must be seen to be: it goes on. But not in a
    /// region that was shortened.
    private void watch() {
        boolean isLost = false;
        while (!isOver && !isLost) {
            try {
                var expected = look();
                if (!truncation.isKnown()) {
                    var _ = Futex.awaitAny(expected, hasUnwatched ? OFTEN : oftenEnough());
                } else {
                    isLost = listener.truncated();
                    LockSupport.parkNanos(isLost ? 0 : PAUSE_NANOS);
                }
            } catch (InterruptedException _) {
                // To end, or by mistake.
            } catch (Throwable _) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private static Duration oftenEnough() {
        return lookAgain.dividedBy(LOOKS);
    }

    /// Tells who has gone since the last look.
    ///
    /// @return what is to be seen until the next change
    private List<Futex.Expectation> look() throws IOException {
        var expected = new ArrayList<Futex.Expectation>();
        if (truncation.isPossible()) {
            if (locks.regionBytes() != mapping.segment().byteSize()) {
                truncation.tell(); // before anybody accesses what is gone
            }
            expected.add(truncation.unknown());
        }
        hasUnwatched = false;
        int joins =
                words.getInt(RegionLayout.JOINS); // before the slots: who comes later changes it
        expected.add(new Futex.Expectation(mapping.futex(RegionLayout.JOINS), joins));
        for (int slot = 0; slot < seen.length; slot++) {
            long owner = marked(slot, table.owner(slot));
            if (owner != seen[slot]) {
                if (truncation.isKnown()) {
                    return expected; // it may be a zero that nobody has stored
                }
                tellGone(slot, owner);
                seen[slot] = owner;
            }
            if (ParticipantTable.isAlive(owner)) {
                pids[slot] = table.pid(slot, seen[slot]);
                if (ParticipantTable.tag(slot, owner) != tag) {
                    var word = mapping.futex(table.lifeOffset(slot));
                    expected.add(new Futex.Expectation(word, ParticipantTable.life(owner)));
                }
            }
        }
        return expected;
    }

    /// Of whom the kernel tells nothing, his lock does.
    private long marked(int slot, long owner) throws IOException {
        boolean isAnother = ParticipantTable.tag(slot, owner) != tag;
        if (isAnother && ParticipantTable.isAlive(owner) && table.isUnwatched(slot, owner)) {
            hasUnwatched = true;
            if (!locks.isLocked(slot)) {
                table.markDead(slot, owner);
            }
            return table.owner(slot);
        }
        return owner;
    }

    private void tellGone(int slot, long owner) {
        int last = ParticipantTable.tag(slot, seen[slot]);
        int _ = words.wake(table.lifeOffset(slot), Integer.MAX_VALUE); // the kernel wakes one only
        for (int tag : ParticipantTable.goneBetween(slot, seen[slot], owner)) {
            listener.gone(tag, tag == last ? pids[slot] : 0);
        }
    }
}
