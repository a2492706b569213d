package parley.ready;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import parley.kernel.SysSelect;
import parley.kernel.Time;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.Lifetime;
import parley.os.OsException;

/// The textbook's select(2), for teaching and for comparison: three sets of descriptors, whose
/// numbers must be below [#NUMBERS]. Programs use [Poll] or [Epoll].
///
/// What is waited for and what was found are kept apart, so that a set is not filled again before
/// each wait, as C's has to be. Used by one thread at a time.
public final class Select {
    /// Descriptor numbers that have a place in an `fd_set`: 0 to this, less one.
    public static final int NUMBERS = SysSelect.FD_SETSIZE;

    private static final Interest THREE_SETS =
            Interest.READ.and(Interest.WRITE).and(Interest.URGENT);

    private final Map<Fd, Interest> interests = new LinkedHashMap<>();
    private final Map<Fd, Interest> found = new LinkedHashMap<>();
    private final MemorySegment now = Arena.ofAuto().allocate(Time.TIMESPEC);
    private final Sets sets = new Sets();
    private final AtomicBoolean isInUse = new AtomicBoolean();

    /// Three empty sets.
    public Select() {}

    /// The kernel's three sets, which it overwrites with what it found.
    private static final class Sets {
        final MemorySegment read = newSet();
        final MemorySegment write = newSet();
        final MemorySegment except = newSet();

        private static MemorySegment newSet() {
            return Arena.ofAuto().allocate(SysSelect.FD_SET_BYTES, Long.BYTES);
        }

        void clear() {
            read.fill((byte) 0);
            write.fill((byte) 0);
            except.fill((byte) 0);
        }

        void add(int number, Interest interest) {
            if (interest.contains(Interest.READ)) {
                SysSelect.FD_SET(number, read);
            }
            if (interest.contains(Interest.WRITE)) {
                SysSelect.FD_SET(number, write);
            }
            if (interest.contains(Interest.URGENT)) {
                SysSelect.FD_SET(number, except);
            }
        }

        Interest of(int number) {
            var interest = SysSelect.FD_ISSET(number, read) ? Interest.READ : Interest.NONE;
            if (SysSelect.FD_ISSET(number, write)) {
                interest = interest.and(Interest.WRITE);
            }
            return SysSelect.FD_ISSET(number, except) ? interest.and(Interest.URGENT) : interest;
        }
    }

    /// Puts a descriptor into the sets for reading ([Interest#READ]), writing ([Interest#WRITE])
    /// and exceptional conditions ([Interest#URGENT]), and into no other.
    ///
    /// @throws IllegalArgumentException if its number is [#NUMBERS] or more, or for what select(2)
    ///   cannot ask
    public void set(Fd fd, Interest interest) {
        requireUnused();
        if (fd.number() >= NUMBERS) {
            throw new IllegalArgumentException(
                    fd
                            + ": select(2) has room for the numbers 0 to "
                            + (NUMBERS - 1)
                            + " only (FD_SETSIZE), and C would write beyond the set; use Poll or"
                            + " Epoll");
        }
        if (!THREE_SETS.contains(interest)) {
            throw new IllegalArgumentException(
                    "select(2) has no set for " + interest.without(THREE_SETS));
        }
        interests.put(fd, interest);
    }

    /// Takes a descriptor out of all sets.
    public void clear(Fd fd) {
        requireUnused();
        interests.remove(fd);
        found.remove(fd);
    }

    private void requireUnused() {
        if (isInUse.get()) {
            throw new IllegalStateException("another thread waits with these sets");
        }
    }

    /// In which sets the last wait left a descriptor.
    public Interest ready(Fd fd) {
        return found.getOrDefault(fd, Interest.NONE);
    }

    /// Waits until some descriptor is ready.
    ///
    /// @return how many bits are set, in all three sets; at least 1
    /// @throws ClosedChannelException if a descriptor is closed, meanwhile too; select(2) itself
    ///   says `EBADF`
    public int await() throws IOException, InterruptedException {
        return await(Deadline.NEVER);
    }

    /// Looks which descriptors are ready now; never waits.
    ///
    /// @return how many bits are set, in all three sets
    public int tryAwait() throws IOException {
        int entered = begin();
        try {
            return look();
        } finally {
            end(entered);
        }
    }

    /// Waits until some descriptor is ready, at most `timeout`.
    ///
    /// @return how many bits are set, in all three sets; 0 if none was ready in time
    public int await(Duration timeout) throws IOException, InterruptedException {
        return await(Deadline.after(timeout));
    }

    private int await(Deadline deadline) throws IOException, InterruptedException {
        int entered = begin();
        try {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            int bits = look();
            return bits == 0 && !deadline.isOver() ? sleep(deadline) : bits;
        } finally {
            end(entered);
        }
    }

    /// Enters the descriptors, all or none.
    private int begin() throws ClosedChannelException {
        if (!isInUse.compareAndSet(false, true)) {
            throw new IllegalStateException("another thread waits with these sets");
        }
        int entered = 0;
        boolean isComplete = false;
        try {
            for (var fd : interests.keySet()) {
                int _ = fd.enter();
                entered++;
            }
            isComplete = true;
            return entered;
        } finally {
            if (!isComplete) {
                end(entered);
            }
        }
    }

    private void end(int entered) {
        interests.keySet().stream().limit(entered).forEach(Fd::exit);
        isInUse.set(false);
    }

    private int look() throws OsException {
        int r;
        do {
            r = pselect(now);
        } while (Errno.EINTR.is(r));
        return collect(r);
    }

    private int pselect(MemorySegment timeout) {
        sets.clear();
        int highest = -1;
        for (var entry : interests.entrySet()) {
            int number = entry.getKey().number(); // entered
            sets.add(number, entry.getValue());
            highest = Math.max(highest, number);
        }
        return SysSelect.pselect(highest + 1, sets.read, sets.write, sets.except, timeout);
    }

    private int collect(long r) throws OsException {
        int bits = (int) OsException.check("pselect", toString(), r);
        found.clear();
        for (var fd : interests.keySet()) {
            var ready = bits == 0 ? Interest.NONE : sets.of(fd.number());
            if (!ready.isEmpty()) {
                found.put(fd, ready);
            }
        }
        return bits;
    }

    /// Waits in the kernel; closing one of the descriptors ends it.
    private int sleep(Deadline deadline) throws IOException, InterruptedException {
        var call = new Lifetime(() -> {});
        Lifetime.Waiter closer = call::close;
        call.enter();
        interests.keySet().forEach(fd -> fd.lifetime().add(closer));
        try {
            if (!interests.keySet().stream().allMatch(Fd::isOpen)) {
                throw new AsynchronousCloseException();
            }
            return collect(Blocking.call(call, () -> pselect(deadline)));
        } finally {
            interests.keySet().forEach(fd -> fd.lifetime().remove(closer));
            call.exit();
        }
    }

    private int pselect(Deadline deadline) {
        try (var arena = Arena.ofConfined()) {
            return pselect(deadline.remaining(arena));
        }
    }

    @Override
    public String toString() {
        return "select of " + interests.size() + " descriptors";
    }
}
