package parley.ready;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static parley.kernel.Poll.EVENTS;
import static parley.kernel.Poll.FD;
import static parley.kernel.Poll.POLLFD;
import static parley.kernel.Poll.REVENTS;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import parley.kernel.Time;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.Lifetime;
import parley.os.OsException;

/// A list of descriptors to wait for, by poll(2): for a few of them, or for now and then. Each wait
/// costs time for every descriptor of the list; [Epoll] for the ready ones only.
///
/// During a wait each descriptor is in use, so its number cannot become another file's. One that is
/// closed ends the wait, and is reported as [Interest#INVALID] then and from then on, until it is
/// removed.
///
/// Used by one thread at a time, but closed by any.
public final class Poll implements AutoCloseable {
    private static final long ENTRY_BYTES = POLLFD.byteSize();
    private static final int ENTRIES_AT_FIRST = 8;
    private static final int NOBODY = -1; // poll(2) leaves negative numbers out

    private final List<@Nullable Entry> entries = new ArrayList<>(); // null: removed
    private final MemorySegment now = Arena.ofAuto().allocate(Time.TIMESPEC);
    private final Lifetime lifetime = new Lifetime(() -> {});
    private final AtomicBoolean isInUse = new AtomicBoolean();
    private MemorySegment memory = Arena.ofAuto().allocate(POLLFD, ENTRIES_AT_FIRST);

    /// A list without any descriptor.
    public Poll() {}

    private static final class Entry {
        final Fd fd;
        Interest interest;
        Interest ready = Interest.NONE;
        boolean isPaused;
        boolean isEntered;

        Entry(Fd fd, Interest interest) {
            this.fd = fd;
            this.interest = interest;
        }
    }

    /// Adds a descriptor, at the first place from which one was removed, or at the end. One
    /// descriptor may be there several times.
    ///
    /// @return its index
    public int add(Fd fd, Interest interest) {
        requireUnused();
        var entry = new Entry(fd, interest.requireRequestable());
        int hole = entries.indexOf(null);
        if (hole >= 0) {
            entries.set(hole, entry);
            return hole;
        }
        entries.add(entry);
        if (entries.size() * ENTRY_BYTES > memory.byteSize()) {
            memory = Arena.ofAuto().allocate(POLLFD, entries.size() * 2L);
        }
        return entries.size() - 1;
    }

    /// Waits for something else at an index from now on.
    public void modify(int index, Interest interest) {
        requireUnused();
        entry(index).interest = interest.requireRequestable();
    }

    /// Leaves an index out of waiting until [#resume]; nothing is reported for it.
    public void pause(int index) {
        requireUnused();
        entry(index).isPaused = true;
    }

    /// Waits for an index again.
    public void resume(int index) {
        requireUnused();
        entry(index).isPaused = false;
    }

    /// Takes a descriptor out. The others keep their indexes; this one is given to the next.
    public void remove(int index) {
        requireUnused();
        entry(index);
        entries.set(index, null);
    }

    private void requireUnused() {
        if (isInUse.get()) {
            throw new IllegalStateException("another thread waits with this list");
        }
    }

    /// All indexes are smaller; removed ones count.
    public int size() {
        return entries.size();
    }

    /// The descriptor at an index.
    public Fd fd(int index) {
        return entry(index).fd;
    }

    /// What the descriptor at an index was ready for at the end of the last wait.
    public Interest ready(int index) {
        return entry(index).ready;
    }

    /// The first index from `start` on whose descriptor was ready at the end of the last wait; -1
    /// if there is none.
    public int nextReady(int start) {
        for (int index = start; index < entries.size(); index++) {
            var entry = entries.get(index);
            if (entry != null && !entry.ready.isEmpty()) {
                return index;
            }
        }
        return -1;
    }

    private Entry entry(int index) {
        var entry = entries.get(Objects.checkIndex(index, entries.size()));
        if (entry == null) {
            throw new IllegalArgumentException("removed: " + index);
        }
        return entry;
    }

    /// Waits until some descriptor is ready, or closed.
    ///
    /// @return how many are, at least 1
    /// @throws ClosedChannelException if this list is closed, meanwhile too
    public int await() throws IOException, InterruptedException {
        return await(Deadline.NEVER);
    }

    /// Looks which descriptors are ready now; never waits.
    ///
    /// @return how many are
    public int tryAwait() throws IOException {
        begin();
        try {
            return look();
        } finally {
            end();
        }
    }

    /// Waits until some descriptor is ready, or closed, at most `timeout`.
    ///
    /// @return how many are, 0 if none was in time
    public int await(Duration timeout) throws IOException, InterruptedException {
        return await(Deadline.after(timeout));
    }

    private int await(Deadline deadline) throws IOException, InterruptedException {
        begin();
        try {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            int count = look();
            return count == 0 && !deadline.isOver() ? sleep(deadline) : count;
        } finally {
            end();
        }
    }

    /// Enters all descriptors.
    private void begin() throws ClosedChannelException {
        if (!isInUse.compareAndSet(false, true)) {
            throw new IllegalStateException("another thread waits with this list");
        }
        boolean isEntered = false;
        try {
            lifetime.enter();
            isEntered = true;
        } finally {
            if (!isEntered) {
                isInUse.set(false);
            }
        }
        for (int index = 0; index < entries.size(); index++) {
            var entry = entries.get(index);
            memory.set(JAVA_INT, index * ENTRY_BYTES + FD, NOBODY);
            if (entry != null && !entry.isPaused) {
                enter(entry, index * ENTRY_BYTES);
            }
        }
    }

    private void enter(Entry entry, long at) {
        try {
            memory.set(JAVA_INT, at + FD, entry.fd.enter());
            memory.set(JAVA_SHORT, at + EVENTS, (short) entry.interest.events());
            entry.isEntered = true;
        } catch (ClosedChannelException _) {
            // Its number may be another's; what it is comes to light in collect.
        }
    }

    private void end() {
        for (var entry : entries) {
            if (entry != null && entry.isEntered) {
                entry.isEntered = false;
                entry.fd.exit();
            }
        }
        lifetime.exit();
        isInUse.set(false);
    }

    /// Asks the kernel without waiting.
    private int look() throws OsException {
        int r;
        do {
            r = parley.kernel.Poll.ppoll(memory, entries.size(), now);
        } while (Errno.EINTR.is(r));
        return collect(r);
    }

    private int collect(long r) throws OsException {
        OsException.check("ppoll", toString(), r);
        int count = 0;
        for (int index = 0; index < entries.size(); index++) {
            var entry = entries.get(index);
            if (entry != null) {
                entry.ready = result(entry, index * ENTRY_BYTES);
                count += entry.ready.isEmpty() ? 0 : 1;
            }
        }
        return count;
    }

    /// The kernel says POLLNVAL only if somebody closed the number without asking its owner; to it
    /// the number of a closed [Fd] that is in use here is open.
    private Interest result(Entry entry, long at) {
        if (entry.isPaused) {
            return Interest.NONE;
        }
        return entry.fd.isOpen() && entry.isEntered
                ? Interest.of(memory.get(JAVA_SHORT, at + REVENTS))
                : Interest.INVALID;
    }

    /// Waits in the kernel; closing the list or one of the descriptors ends it.
    private int sleep(Deadline deadline) throws IOException, InterruptedException {
        var call = new Lifetime(() -> {});
        Lifetime.Waiter closer = call::close;
        call.enter();
        listen(closer, call);
        try {
            return collect(Blocking.call(call, () -> ppoll(deadline)));
        } catch (AsynchronousCloseException e) {
            if (!lifetime.isOpen()) {
                throw e;
            }
            return look();
        } finally {
            unlisten(closer);
            call.exit();
        }
    }

    private void listen(Lifetime.Waiter closer, Lifetime call) {
        boolean isOpen = true;
        for (var entry : entries) {
            if (entry != null && entry.isEntered) {
                entry.fd.lifetime().add(closer);
                isOpen &= entry.fd.isOpen();
            }
        }
        lifetime.add(closer);
        if (!isOpen || !lifetime.isOpen()) {
            call.close();
        }
    }

    private void unlisten(Lifetime.Waiter closer) {
        for (var entry : entries) {
            if (entry != null) {
                entry.fd.lifetime().remove(closer);
            }
        }
        lifetime.remove(closer);
    }

    private int ppoll(Deadline deadline) {
        try (var arena = Arena.ofConfined()) {
            return parley.kernel.Poll.ppoll(memory, entries.size(), deadline.remaining(arena));
        }
    }

    /// True until [#close].
    public boolean isOpen() {
        return lifetime.isOpen();
    }

    /// Ends the list's use, not its descriptors. A wait in another thread ends with
    /// `AsynchronousCloseException`.
    @Override
    public void close() {
        lifetime.close();
    }

    @Override
    public String toString() {
        return "poll of " + entries.size() + " descriptors";
    }
}
