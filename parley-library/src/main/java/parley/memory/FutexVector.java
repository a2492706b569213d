package parley.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.AsynchronousCloseException;
import java.util.List;
import java.util.OptionalInt;
import parley.kernel.LinuxFutex;
import parley.kernel.Time;
import parley.memory.Futex.Expectation;
import parley.os.Capability;
import parley.os.Errno;
import parley.os.Lifetime;
import parley.os.OsException;
import parley.ready.Blocking;
import parley.ready.Deadline;
import parley.ready.Waiter;

/// One wait for one of several words: futex_waitv(2) on a platform thread; on a virtual one, or
/// where the kernel has no such call, a wait for each of them.
final class FutexVector {
    private final List<Expectation> words;
    private final Lifetime wait = new Lifetime(() -> {}); // closed if one of the words' is

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
        return new FutexVector(List.copyOf(words)).enter(0, deadline);
    }

    /// Keeps the memory of all words, one after the other, then waits.
    private OptionalInt enter(int index, Deadline deadline)
            throws IOException, InterruptedException {
        if (index == words.size()) {
            return await(deadline);
        }
        var lifetime = words.get(index).word().lifetime();
        Lifetime.Waiter closer = wait::close;
        lifetime.enter();
        try {
            lifetime.add(closer);
            if (!lifetime.isOpen()) {
                wait.close();
            }
            return enter(index + 1, deadline);
        } finally {
            lifetime.remove(closer);
            lifetime.exit();
        }
    }

    private OptionalInt await(Deadline deadline) throws IOException, InterruptedException {
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

    /// A wait for each of them: the index of one that has ended, or `-ETIMEDOUT`.
    private long awaitEach(Deadline deadline) throws IOException, InterruptedException {
        try (var waiter = Waiter.<Integer>create()) {
            Lifetime.Waiter closer = waiter::close;
            wait.add(closer);
            if (!wait.isOpen()) {
                throw new AsynchronousCloseException();
            }
            for (int i = 0; i < words.size(); i++) {
                waiter.add(words.get(i).word().change(words.get(i).value()), i);
            }
            var ended = waiter.await(deadline);
            if (!wait.isOpen()) {
                throw new AsynchronousCloseException();
            }
            return ended.isEmpty() ? -Errno.ETIMEDOUT.number() : ended.getFirst().attachment();
        }
    }
}
