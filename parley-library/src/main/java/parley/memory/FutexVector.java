package parley.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import parley.kernel.LinuxFutex;
import parley.kernel.Time;
import parley.memory.Futex.Expectation;
import parley.os.Capability;
import parley.os.Errno;
import parley.os.Lifetime;
import parley.os.OsException;
import parley.ready.Blocking;
import parley.ready.Deadline;
import parley.ready.Interruption;
import parley.ready.PendingCall;

/// One wait for one of several words: futex_waitv(2) on a platform thread; on a virtual one, or
/// where the kernel has no such call, a wait for each of them.
final class FutexVector {
    private final List<Expectation> words;

    /// Closed if one of the words' is.
    private final Lifetime wait = new Lifetime(() -> {});

    private final Lifetime.Waiter closer = wait::close;

    private FutexVector(List<Expectation> words) {
        this.words = words;
    }

    /// Waits for one of them.
    ///
    /// @return the index of one that was woken or is not as expected; empty after the deadline
    static OptionalInt await(List<Expectation> words, Deadline deadline)
            throws IOException, InterruptedException {
        if (words.isEmpty() || words.size() > LinuxFutex.FUTEX_WAITV_MAX) {
            throw new IllegalArgumentException(
                    "not 1.." + LinuxFutex.FUTEX_WAITV_MAX + " words: " + words.size());
        }
        return new FutexVector(List.copyOf(words)).await(deadline);
    }

    private OptionalInt await(Deadline deadline) throws IOException, InterruptedException {
        var lifetimes = words.stream().map(one -> one.word().lifetime()).distinct().toList();
        try {
            for (var lifetime : lifetimes) {
                lifetime.add(closer);
                if (!lifetime.isOpen()) {
                    throw new ClosedChannelException();
                }
            }
            return awaitOpen(deadline);
        } finally {
            lifetimes.forEach(lifetime -> lifetime.remove(closer));
        }
    }

    private OptionalInt awaitOpen(Deadline deadline) throws IOException, InterruptedException {
        boolean isEach =
                Thread.currentThread().isVirtual() || !Capability.FUTEX_WAITV.isAvailable();
        while (true) {
            long r = isEach ? awaitEach(deadline) : awaitInKernel(deadline);
            if (Errno.ETIMEDOUT.is(r)) {
                return OptionalInt.empty();
            }
            if (!Errno.EAGAIN.is(r)) {
                return OptionalInt.of((int) OsException.check("futex_waitv", "futex words", r));
            }
            var changed = changed();
            if (changed.isPresent()) {
                return changed;
            }
            // The one that was another is as expected again.
        }
    }

    private OptionalInt changed() {
        for (int i = 0; i < words.size(); i++) {
            if (words.get(i).word().get() != words.get(i).value()) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }

    private long awaitInKernel(Deadline deadline) throws IOException, InterruptedException {
        try (var arena = Arena.ofConfined()) {
            var array = arena.allocate(LinuxFutex.FUTEX_WAITV, words.size());
            for (int i = 0; i < words.size(); i++) {
                var entry = array.asSlice(i * LinuxFutex.FUTEX_WAITV.byteSize());
                long value = Integer.toUnsignedLong(words.get(i).value());
                entry.set(JAVA_LONG, LinuxFutex.VAL, value);
                entry.set(JAVA_LONG, LinuxFutex.UADDR, words.get(i).word().address());
                entry.set(JAVA_INT, LinuxFutex.FLAGS, LinuxFutex.FUTEX_32);
            }
            var absolute = deadline.isNever() ? MemorySegment.NULL : deadline.absolute(arena);
            return Blocking.call(
                    wait,
                    () ->
                            LinuxFutex.futex_waitv(
                                    array, words.size(), absolute, Time.CLOCK_MONOTONIC));
        }
    }

    /// Ends when all of the waits have, so that none is left to take a wake that is meant for
    /// others.
    private long awaitEach(Deadline deadline) throws IOException, InterruptedException {
        Interruption.check();
        if (changed().isPresent()) { // also if the time is over
            return -Errno.EAGAIN.number();
        }
        var thread = Thread.currentThread();
        var each = new Each(_ -> LockSupport.unpark(thread));
        boolean areBegun = false;
        try {
            for (var one : words) {
                each.begin(one);
            }
            areBegun = true;
        } finally {
            each.areAllBegun();
            if (!areBegun) {
                each.cancel();
            }
        }
        long r = each.await(wait, deadline);
        for (var one : words) { // whose wait a close may have ended before it came to us
            if (!one.word().lifetime().isOpen()) {
                throw new AsynchronousCloseException();
            }
        }
        return r;
    }

    /// Several waits as one: over with the first, and ended when all of them are. Its result is the
    /// index of one that was woken, or else what another has ended with.
    private static final class Each extends PendingCall {
        private static final long CANCELLED = -Errno.ECANCELED.number();

        private final List<PendingCall> calls = new CopyOnWriteArrayList<>();
        private final AtomicInteger running = new AtomicInteger(1); // until all are begun
        private volatile boolean isOver;

        Each(LongConsumer whenEnded) {
            super(whenEnded);
        }

        void begin(Expectation one) throws IOException {
            running.incrementAndGet();
            boolean isBegun = false;
            try {
                var call = one.word().change(one.value()).start(this::oneEnded);
                isBegun = true;
                calls.add(call);
                if (isOver) { // by one before it
                    call.cancel();
                }
            } finally {
                if (!isBegun) {
                    oneEnded(CANCELLED);
                }
            }
        }

        void areAllBegun() {
            oneEnded(CANCELLED);
        }

        private void oneEnded(long result) {
            if (result != CANCELLED) {
                cancel();
            }
            if (running.decrementAndGet() == 0) {
                end(outcome());
            }
        }

        @Override
        public void cancel() {
            isOver = true;
            calls.forEach(PendingCall::cancel);
        }

        private long outcome() {
            long outcome = CANCELLED;
            for (int i = 0; i < calls.size(); i++) {
                long one = calls.get(i).resultOr(CANCELLED);
                if (one >= 0) {
                    return i;
                }
                outcome = one == CANCELLED ? outcome : one;
            }
            return outcome;
        }
    }
}
