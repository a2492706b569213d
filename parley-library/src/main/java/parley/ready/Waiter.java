package parley.ready;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.Lifetime;
import parley.os.OsException;

/// Waits for many things at once, and tells which are ready: descriptors of any kind, futex words
/// and what is made of them, deadlines. The one loop of a server that serves all of its clients on
/// one thread.
///
/// ```
/// try (var waiter = Waiter.<Runnable>create()) {
///     waiter.add(listener.fd(), Interest.READ, this::accept);
///     waiter.add(word.change(seen), this::wordChanged);
///     waiter.add(Deadline.after(Duration.ofMinutes(1)), this::tooLate);
///     while (true) {
///         for (var ready : waiter.await()) {
///             ready.attachment().run();
///         }
///     }
/// }
/// ```
///
/// A descriptor is reported in every wait as long as it is ready, and no longer once it is closed.
/// A deadline, and a [Waitable], is reported once; then its entry is over.
///
/// One thread waits at a time, of either kind; any thread may add, cancel, wake and close. A wait
/// costs what is ready, not what is waited for: it is an [Epoll], with a bell (an [EventFd]) for
/// what has no descriptor.
///
/// @param <A> the type of the objects that entries are added with
public final class Waiter<A> implements AutoCloseable {
    private static final int EVENTS_MAX = 256; // of one wait; the next finds the others
    private static final long NOT_MADE = -1;
    private static final Deadline NOW = Deadline.after(Duration.ZERO);

    private final Epoll<Source<A>> epoll;
    private final ReadyEvents<Source<A>> events;
    private final EventFd bell;
    private final AtomicBoolean isRung = new AtomicBoolean();
    private final AtomicBoolean isWoken = new AtomicBoolean();
    private final AtomicBoolean isInUse = new AtomicBoolean();
    private final AtomicLong numbers = new AtomicLong();
    private final Map<Fd, DescriptorEntry> alwaysReady = new ConcurrentHashMap<>();
    private final Set<WaitableEntry> pending = ConcurrentHashMap.newKeySet();
    private final Queue<WaitableEntry> ended = new ConcurrentLinkedQueue<>();
    private final TreeSet<DeadlineEntry> deadlines = new TreeSet<>(); // its own monitor

    private Waiter(Epoll<Source<A>> epoll, EventFd bell) throws IOException {
        this.epoll = epoll;
        this.events = epoll.events(EVENTS_MAX);
        this.bell = bell;
        epoll.add(bell.fd(), Interest.READ, this::takeEnded);
    }

    /// Makes one that waits for nothing yet; it takes two descriptors.
    ///
    /// @throws parley.os.LimitReachedException if there are as many descriptors as there may be
    public static <A> Waiter<A> create() throws IOException {
        Epoll<Source<A>> epoll = Epoll.create();
        EventFd bell = null;
        Waiter<A> waiter = null;
        try {
            bell = EventFd.create();
            waiter = new Waiter<>(epoll, bell);
            return waiter;
        } finally {
            if (waiter == null) {
                epoll.close();
                if (bell != null) {
                    bell.close();
                }
            }
        }
    }

    /// Something that is waited for. Safe for many threads.
    ///
    /// @param <A> the attachment's type
    public abstract static sealed class Entry<A> {
        private final A attachment;
        private final AtomicBoolean isOver = new AtomicBoolean(); // cancelled, or reported at last
        private Interest interest = Interest.NONE;
        private @Nullable IOException failure;

        private Entry(A attachment) {
            this.attachment = attachment;
        }

        /// What it was added with.
        public final A attachment() {
            return attachment;
        }

        /// What its descriptor was ready for in the last wait that has reported it; [Interest#NONE]
        /// if it has none. For the thread that waits.
        public final Interest interest() {
            return interest;
        }

        /// Why it cannot be waited for, as when a word's memory is gone; empty if it is ready. For
        /// the thread that waits.
        public final Optional<IOException> failure() {
            return Optional.ofNullable(failure);
        }

        /// Waits for something else of the same descriptor from now on.
        ///
        /// @throws IllegalStateException if it has no descriptor, or was cancelled
        /// @throws parley.os.NotFoundException if its descriptor was closed
        public void modify(Interest other) throws IOException {
            throw new IllegalStateException("nothing with a descriptor");
        }

        /// Waits for another moment instead, as for a client that has shown itself again.
        ///
        /// @throws IllegalStateException if it is no deadline, was reported, or was cancelled
        public void modify(Deadline other) throws IOException {
            throw new IllegalStateException("not a deadline");
        }

        /// Waits for it no longer: no wait that begins after this reports it. More calls do
        /// nothing.
        public abstract void cancel() throws IOException;

        final void reportTo(List<Entry<A>> ready, Interest found) {
            if (!isOver()) {
                interest = found;
                ready.add(this);
            }
        }

        /// Reports it for the last time; false if it was cancelled.
        final boolean reportLast(List<Entry<A>> ready, @Nullable IOException cause) {
            boolean isWanted = end();
            if (isWanted) {
                failure = cause;
                ready.add(this);
            }
            return isWanted;
        }

        final boolean isOver() {
            return isOver.get();
        }

        /// Ends it; false if it was over already.
        final boolean end() {
            return isOver.compareAndSet(false, true);
        }

        final void requireNotOver() {
            if (isOver()) {
                throw new IllegalStateException("is over");
            }
        }
    }

    /// What an event of the epoll instance leads to.
    private interface Source<A> {
        void found(Interest interest, List<Entry<A>> ready);
    }

    private final class DescriptorEntry extends Entry<A> implements Source<A>, Lifetime.Waiter {
        private final Fd fd;
        private volatile Interest wanted;

        DescriptorEntry(Fd fd, Interest wanted, A attachment) {
            super(attachment);
            this.fd = fd;
            this.wanted = wanted;
        }

        void register() throws IOException {
            try {
                epoll.add(fd, wanted, this);
            } catch (OsException e) {
                if (e.errno() != Errno.EPERM) { // of epoll_ctl(2): what never has to wait
                    throw e;
                }
                registerAlwaysReady();
            }
        }

        private void registerAlwaysReady() throws IOException {
            if (alwaysReady.putIfAbsent(fd, this) != null) {
                throw OsException.of("epoll_ctl", fd.toString(), Errno.EEXIST.number());
            }
            fd.lifetime().add(this);
            if (!fd.isOpen()) {
                wake();
                throw new ClosedChannelException();
            }
            ring();
        }

        /// The descriptor of what is always ready is closed.
        @Override
        public void wake() {
            boolean _ = end();
            forgetAlwaysReady();
        }

        private boolean forgetAlwaysReady() {
            fd.lifetime().remove(this);
            return alwaysReady.remove(fd, this);
        }

        @Override
        public void found(Interest interest, List<Entry<A>> ready) {
            reportTo(ready, interest);
        }

        void foundAlways(List<Entry<A>> ready) {
            reportTo(ready, wanted);
        }

        @Override
        public void modify(Interest other) throws IOException {
            requireNotOver();
            if (!alwaysReady.containsKey(fd)) {
                epoll.modify(fd, other, Epoll.Mode.LEVEL);
            }
            wanted = other;
        }

        @Override
        public void cancel() throws IOException {
            if (end() && !forgetAlwaysReady()) {
                var registration = epoll.registration(fd);
                if (registration.isPresent() && equals(registration.get().attachment())) {
                    registration.get().remove();
                }
            }
        }
    }

    private final class WaitableEntry extends Entry<A> {
        private final Waitable waitable;
        private volatile @Nullable PendingCall call;

        WaitableEntry(Waitable waitable, A attachment) {
            super(attachment);
            this.waitable = waitable;
        }

        void start() throws IOException {
            pending.add(this);
            boolean isStarted = false;
            try {
                call = waitable.start(this::ended);
                isStarted = true;
            } finally {
                if (!isStarted) {
                    pending.remove(this);
                }
            }
            if (isOver()) { // the waiter was closed before there was a call
                cancelCall();
            }
        }

        private void ended(long result) {
            pending.remove(this);
            if (isOver()) {
                passOn(result);
                return;
            }
            ended.add(this);
            ring();
            if (isOver()) { // cancelled before it was there to be found
                passOnEnded();
            }
        }

        private boolean passOnEnded() {
            boolean isFound = ended.remove(this);
            if (isFound) {
                passOn(Objects.requireNonNull(call).resultOr(NOT_MADE));
            }
            return isFound;
        }

        void collectTo(List<Entry<A>> ready) {
            var ofCall = Objects.requireNonNull(call);
            if (!reportLast(ready, failure(ofCall))) {
                passOn(ofCall.resultOr(NOT_MADE));
            }
        }

        private void passOn(long result) {
            if (result >= 0) {
                waitable.passOn();
            }
        }

        private @Nullable IOException failure(PendingCall ofCall) {
            try {
                long r = ofCall.result();
                return r >= 0 || Errno.EAGAIN.is(r)
                        ? null
                        : OsException.of("futex", Waiter.this.toString(), (int) -r);
            } catch (OsException e) {
                return e;
            }
        }

        private void cancelCall() {
            var started = call;
            if (started != null) {
                started.cancel();
            }
        }

        @Override
        public void cancel() {
            if (end() && !passOnEnded()) {
                cancelCall();
            }
        }
    }

    private final class DeadlineEntry extends Entry<A> implements Comparable<DeadlineEntry> {
        private final long number = numbers.getAndIncrement(); // an order among equal ones
        private Deadline deadline; // changed only while it is not in the set

        DeadlineEntry(Deadline deadline, A attachment) {
            super(attachment);
            this.deadline = deadline;
        }

        @Override
        public int compareTo(DeadlineEntry other) {
            int order = deadline.compare(other.deadline);
            return order != 0 ? order : Long.compare(number, other.number);
        }

        void schedule() {
            boolean isFirst;
            synchronized (deadlines) {
                deadlines.add(this);
                isFirst = equals(deadlines.first());
            }
            if (isFirst) {
                ring(); // who waits, waits for a later one
            }
        }

        @Override
        public void modify(Deadline other) {
            synchronized (deadlines) {
                requireNotOver();
                deadlines.remove(this);
                deadline = other;
            }
            schedule();
        }

        @Override
        public void cancel() {
            synchronized (deadlines) {
                if (end()) {
                    deadlines.remove(this);
                }
            }
        }
    }

    /// Waits for a descriptor of any kind; of a file or a directory, which is always ready, too.
    ///
    /// @throws parley.os.AlreadyExistsException if it is waited for here already
    /// @throws parley.os.LimitReachedException at `fs.epoll.max_user_watches`
    /// @throws ClosedChannelException if it, or this, is closed
    public Entry<A> add(Fd fd, Interest interest, A attachment) throws IOException {
        var entry = new DescriptorEntry(fd, interest, attachment);
        entry.register();
        return entry;
    }

    /// Waits for something without a descriptor. It is reported once: when it is ready, or cannot
    /// be waited for any longer, which its owner finds out by looking at it.
    ///
    /// @throws ClosedChannelException if it, or this, is closed
    public Entry<A> add(Waitable waitable, A attachment) throws IOException {
        requireOpen();
        var entry = new WaitableEntry(waitable, attachment);
        entry.start();
        if (!epoll.isOpen()) { // closed meanwhile: it may have missed this one
            entry.cancel();
        }
        return entry;
    }

    /// Waits for a moment. It is reported once.
    ///
    /// @throws ClosedChannelException if this is closed
    public Entry<A> add(Deadline deadline, A attachment) throws IOException {
        requireOpen();
        var entry = new DeadlineEntry(deadline, attachment);
        entry.schedule();
        return entry;
    }

    private void requireOpen() throws ClosedChannelException {
        if (!epoll.isOpen()) {
            throw new ClosedChannelException();
        }
    }

    /// Waits until something is ready.
    ///
    /// @return what is, at least one; empty only after [#wakeUp]
    /// @throws ClosedChannelException if this is closed, meanwhile too
    /// @throws IllegalStateException if another thread waits here
    public List<Entry<A>> await() throws IOException, InterruptedException {
        return await(Deadline.NEVER);
    }

    /// Waits until something is ready, at most `timeout`.
    ///
    /// @return what is; empty if nothing was in time, or after [#wakeUp]
    public List<Entry<A>> await(Duration timeout) throws IOException, InterruptedException {
        return await(Deadline.after(timeout));
    }

    /// Finds what is ready now; never waits, and leaves a [#wakeUp] for who does.
    public List<Entry<A>> tryAwait() throws IOException {
        use();
        try {
            var ready = new ArrayList<Entry<A>>();
            epoll.tryAwait(events);
            collect(ready);
            return ready;
        } finally {
            isInUse.set(false);
        }
    }

    /// Waits until something is ready or the deadline is over.
    public List<Entry<A>> await(Deadline deadline) throws IOException, InterruptedException {
        use();
        try {
            var ready = new ArrayList<Entry<A>>();
            boolean isOver = false;
            while (ready.isEmpty() && !isOver) {
                boolean mayWait = alwaysReady.isEmpty() && !isWoken.get();
                epoll.await(events, mayWait ? earliest(deadline) : NOW);
                isOver = deadline.isOver(); // before the last look
                collect(ready);
                isOver |= isWoken.getAndSet(false);
            }
            return ready;
        } finally {
            isInUse.set(false);
        }
    }

    private void use() {
        if (!isInUse.compareAndSet(false, true)) {
            throw new IllegalStateException("another thread waits here");
        }
    }

    private Deadline earliest(Deadline deadline) {
        synchronized (deadlines) {
            var first = deadlines.isEmpty() ? deadline : deadlines.first().deadline;
            return deadline.compare(first) < 0 ? deadline : first;
        }
    }

    private void collect(List<Entry<A>> ready) {
        for (int i = 0; i < events.count(); i++) {
            events.attachment(i).found(events.interest(i), ready);
        }
        alwaysReady.values().forEach(entry -> entry.foundAlways(ready));
        synchronized (deadlines) {
            while (!deadlines.isEmpty() && deadlines.first().deadline.isOver()) {
                boolean _ = deadlines.removeFirst().reportLast(ready, null);
            }
        }
    }

    /// The bell was rung.
    private void takeEnded(Interest interest, List<Entry<A>> ready) {
        silence();
        isRung.set(false); // after the bell is silent, before the look: what comes later rings
        for (var entry = ended.poll(); entry != null; entry = ended.poll()) {
            entry.collectTo(ready);
        }
    }

    private void silence() {
        try {
            long _ = bell.tryTake();
        } catch (IOException _) {
            // Closed meanwhile: the next wait says so.
        }
    }

    private void ring() {
        if (isRung.compareAndSet(false, true)) {
            try {
                boolean _ = bell.tryAdd(1);
            } catch (IOException _) {
                // Closed: nobody waits here any longer.
            }
        }
    }

    /// Ends the wait of another thread, or the next one, with what is ready, or nothing.
    public void wakeUp() {
        isWoken.set(true);
        ring();
    }

    /// True until [#close].
    public boolean isOpen() {
        return epoll.isOpen();
    }

    /// Closes; what was waited for stays as it is. A wait in another thread ends with
    /// `AsynchronousCloseException`.
    @Override
    public void close() {
        epoll.close();
        bell.close();
        pending.forEach(WaitableEntry::cancel);
        List.copyOf(ended).forEach(WaitableEntry::cancel); // whose wakes are passed on
        List.copyOf(alwaysReady.values()).forEach(DescriptorEntry::wake);
    }

    @Override
    public String toString() {
        return "waiter " + epoll.fd();
    }
}
