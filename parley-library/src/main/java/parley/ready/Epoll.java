package parley.ready;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import parley.kernel.SysEpoll;
import parley.kernel.SysIoctl;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;

/// An epoll instance: watches many descriptors, and tells which are ready. See epoll(7).
///
/// A watched descriptor may be closed at any time: it is taken out before its number is free, also
/// where a duplicate keeps its file open, so that no event is ever reported for a closed one ("
/// possible pitfalls" of epoll(7)). An event that was on its way when its registration was removed
/// is dropped, whoever has the number by then.
///
/// Safe for many threads: several may wait, each with its own [ReadyEvents], while others add and
/// remove. On a platform thread a wait sleeps in the epoll instance itself, so that an event wakes
/// one of several; of virtual threads it may wake several, and those that find nothing wait on.
///
/// @param <A> the type of the objects that descriptors are registered with
public final class Epoll<A> implements AutoCloseable {
    private static final int BUDGET_MAX = 0xFFFF;
    private static final int FOR_EVER = -1; // milliseconds
    private static final int NOW = 0;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private static final Readiness.Attempt TAKE = Epoll::take;
    private static final Interest EXCLUSIVE_INTEREST =
            Interest.READ.and(Interest.WRITE).and(Interest.ERROR).and(Interest.HANG_UP);

    private final Fd fd;
    private final String object;
    private final Registrations<A> registrations = new Registrations<>();
    private final Map<Fd, Registration<A>> byDescriptor = new HashMap<>();
    private volatile boolean hasNanoseconds = true; // until the kernel or libc says otherwise

    private Epoll(Fd fd) {
        this.fd = fd;
        this.object = "epoll " + fd;
    }

    /// How a descriptor is reported: one of the combinations of flags that epoll_ctl(2) allows.
    public static final class Mode {
        /// In each wait, as long as it is ready. What poll(2) does.
        public static final Mode LEVEL = new Mode(0, "LEVEL");

        /// When it becomes ready, and when more comes: `EPOLLET`. What is not read at once is not
        /// reported again; so read, or write, until it would have to wait.
        public static final Mode EDGE = new Mode(SysEpoll.EPOLLET, "EDGE");

        /// Once, and then not until [Registration#rearm]: `EPOLLONESHOT`. So one of several threads
        /// has it to itself.
        public static final Mode ONE_SHOT = new Mode(SysEpoll.EPOLLONESHOT, "ONE_SHOT");

        /// Once after becoming ready: `EPOLLET`, `EPOLLONESHOT`.
        public static final Mode EDGE_ONE_SHOT =
                new Mode(SysEpoll.EPOLLET | SysEpoll.EPOLLONESHOT, "EDGE_ONE_SHOT");

        /// By one or more, not by all of the epoll instances that watch it so: `EPOLLEXCLUSIVE`.
        /// Only for READ and WRITE; not for an epoll instance; cannot be modified.
        public static final Mode EXCLUSIVE = new Mode(SysEpoll.EPOLLEXCLUSIVE, "EXCLUSIVE");

        /// Both: `EPOLLET`, `EPOLLEXCLUSIVE`.
        public static final Mode EXCLUSIVE_EDGE =
                new Mode(SysEpoll.EPOLLET | SysEpoll.EPOLLEXCLUSIVE, "EXCLUSIVE_EDGE");

        private final long flags;
        private final String name;

        private Mode(long flags, String name) {
            this.flags = flags;
            this.name = name;
        }

        /// The same, and the system is not suspended between the event and the next wait:
        /// `EPOLLWAKEUP`. Without CAP_BLOCK_SUSPEND the kernel ignores it.
        public Mode keepingAwake() {
            return new Mode(flags | SysEpoll.EPOLLWAKEUP, name + ", keeping awake");
        }

        private boolean isExclusive() {
            return (flags & SysEpoll.EPOLLEXCLUSIVE) != 0;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /// How waits look at network devices themselves before they sleep: epoll_params of
    /// ioctl_eventpoll(2).
    ///
    /// @param micros how long a wait looks, in microseconds; 0: it does not
    /// @param packetsMax how many packets a device is asked for at a time, 0 to 65,535; 0: as many
    ///   as the kernel likes; more than 64 need CAP_NET_ADMIN
    /// @param isPreferred true if devices shall hold back their interrupts meanwhile
    public record BusyPolling(int micros, int packetsMax, boolean isPreferred) {
        /// Refuses what the kernel's structure cannot hold.
        public BusyPolling {
            if (micros < 0) {
                throw new IllegalArgumentException("microseconds: " + micros);
            }
            if (packetsMax < 0 || packetsMax > BUDGET_MAX) {
                throw new IllegalArgumentException("not in 0.." + BUDGET_MAX + ": " + packetsMax);
            }
        }
    }

    /// Creates an instance that watches nothing. It does not pass to child processes.
    ///
    /// @throws OsException `EMFILE`, `ENFILE` at a limit of descriptors
    public static <A> Epoll<A> create() throws OsException {
        int r = SysEpoll.epoll_create1(SysEpoll.EPOLL_CLOEXEC);
        return new Epoll<>(Fd.of("epoll_create1", "epoll", r));
    }

    /// The descriptor, which this owns. It can be watched itself: it is ready to read while some
    /// descriptor it watches is ready.
    public Fd fd() {
        return fd;
    }

    /// Room for at most `capacity` events of one wait, for use with this epoll instance.
    public ReadyEvents<A> events(int capacity) {
        return new ReadyEvents<>(this, capacity);
    }

    /// Watches a descriptor, reported as long as it is ready.
    ///
    /// @throws parley.os.OsException `EPERM` for a file or directory, which is always ready;
    ///   `ELOOP` if epoll instances would watch each other
    /// @throws parley.os.AlreadyExistsException if it is watched here already
    /// @throws parley.os.LimitReachedException at `fs.epoll.max_user_watches`
    /// @throws ClosedChannelException if either is closed
    public Registration<A> add(Fd watched, Interest interest, A attachment) throws IOException {
        return add(watched, interest, Mode.LEVEL, attachment);
    }

    /// Watches a descriptor in some mode.
    ///
    /// @throws IllegalArgumentException for what epoll_ctl(2) refuses: exclusively for more than
    ///   READ and WRITE, itself
    /// @throws parley.os.OsException as [#add(Fd, Interest, Object)]
    public Registration<A> add(Fd watched, Interest interest, Mode mode, A attachment)
            throws IOException {
        requireLegal(watched, interest, mode);
        int epfd = fd.enter();
        try {
            int number = watched.enter(); // left by Registration.ended
            boolean isAdded = false;
            try {
                var registration = add(epfd, number, watched, interest, mode, attachment);
                isAdded = true;
                if (!watched.isOpen()) { // closed before it was in the table
                    descriptorClosed(registration);
                }
                return registration;
            } finally {
                if (!isAdded) {
                    watched.exit();
                }
            }
        } finally {
            fd.exit();
        }
    }

    private void requireLegal(Fd watched, Interest interest, Mode mode) {
        if (watched == fd) {
            throw new IllegalArgumentException("an epoll instance cannot watch itself");
        }
        interest.requireRequestable();
        if (mode.isExclusive() && !EXCLUSIVE_INTEREST.contains(interest)) {
            throw new IllegalArgumentException(
                    "exclusively only for READ and WRITE, not for "
                            + interest.without(EXCLUSIVE_INTEREST));
        }
    }

    private synchronized Registration<A> add(
            int epfd, int number, Fd watched, Interest interest, Mode mode, A attachment)
            throws IOException {
        if (!fd.isOpen()) { // close has been through the table, or will come after this
            throw new ClosedChannelException();
        }
        long token = registrations.newToken();
        var registration = new Registration<>(this, watched, interest, mode, attachment, token);
        registrations.put(registration); // before the first event
        watched.lifetime().add(registration.closer);
        int r = control(epfd, SysEpoll.EPOLL_CTL_ADD, number, interest, mode, token);
        if (r < 0) {
            watched.lifetime().remove(registration.closer);
            registrations.remove(token);
            throw OsException.of("epoll_ctl", watched.toString(), -r);
        }
        byDescriptor.put(watched, registration);
        return registration;
    }

    private static int control(
            int epfd, int operation, int number, Interest interest, Mode mode, long token) {
        try (var arena = Arena.ofConfined()) {
            var event = arena.allocate(SysEpoll.EPOLL_EVENT);
            int flags = (int) (interest.events() | mode.flags);
            event.set(JAVA_INT_UNALIGNED, SysEpoll.EVENTS, flags);
            event.set(JAVA_LONG_UNALIGNED, SysEpoll.DATA, token);
            return SysEpoll.epoll_ctl(epfd, operation, number, event);
        }
    }

    /// The registration of a descriptor; empty if it is not watched here.
    public synchronized Optional<Registration<A>> registration(Fd watched) {
        return Optional.ofNullable(byDescriptor.get(watched));
    }

    /// Watches a descriptor for something else; a one-shot registration is armed again.
    ///
    /// @throws parley.os.NotFoundException if it is not watched here
    /// @throws IllegalArgumentException if `mode` is exclusive, which can only be added
    /// @throws IllegalStateException if it is watched exclusively: that cannot be modified
    public void modify(Fd watched, Interest interest, Mode mode) throws IOException {
        modify(find(watched), interest, mode);
    }

    /// Stops watching a descriptor.
    ///
    /// @throws parley.os.NotFoundException if it is not watched here
    public void remove(Fd watched) throws IOException {
        remove(find(watched));
    }

    private Registration<A> find(Fd watched) throws IOException {
        if (!fd.isOpen()) {
            throw new ClosedChannelException();
        }
        return registration(watched).orElseThrow(() -> notRegistered(watched));
    }

    private static OsException notRegistered(Fd watched) {
        return OsException.of("epoll_ctl", watched.toString(), Errno.ENOENT.number());
    }

    void modify(Registration<A> registration, Interest interest, Mode mode) throws IOException {
        interest.requireRequestable();
        if (registration.mode().isExclusive()) {
            throw new IllegalStateException(
                    "an exclusive registration cannot be modified; remove it and add it again");
        }
        if (mode.isExclusive()) {
            throw new IllegalArgumentException("only a new registration can be exclusive");
        }
        int epfd = fd.enter();
        try {
            synchronized (this) {
                var watched = registration.fd();
                if (!isPresent(registration)) {
                    throw notRegistered(watched);
                }
                int number = watched.number(); // ours: the registration has entered it
                long token = registration.token();
                int r = control(epfd, SysEpoll.EPOLL_CTL_MOD, number, interest, mode, token);
                OsException.check("epoll_ctl", watched.toString(), r);
                registration.changed(interest, mode);
            }
        } finally {
            fd.exit();
        }
    }

    private boolean isPresent(Registration<A> registration) {
        return byDescriptor.get(registration.fd()) == registration;
    }

    void remove(Registration<A> registration) throws IOException {
        if (!fd.isOpen()) {
            return; // with all its registrations
        }
        int epfd = fd.enter();
        try {
            synchronized (this) {
                if (!isPresent(registration)) {
                    return;
                }
                int r = delete(epfd, registration);
                if (!Errno.ENOENT.is(r) && !Errno.EBADF.is(r)) { // else it is out already
                    OsException.check("epoll_ctl", registration.fd().toString(), r);
                }
                drop(registration);
            }
            registration.ended();
        } finally {
            fd.exit();
        }
    }

    private static int delete(int epfd, Registration<?> registration) {
        int number = registration.fd().number(); // ours: the registration has entered it
        return SysEpoll.epoll_ctl(epfd, SysEpoll.EPOLL_CTL_DEL, number, MemorySegment.NULL);
    }

    private void drop(Registration<A> registration) {
        byDescriptor.remove(registration.fd());
        registrations.remove(registration.token());
    }

    /// Called by the thread that closes a watched descriptor, whose number is free only after
    /// [Registration#ended]: a registration outlives the number if a duplicate keeps the file open.
    void descriptorClosed(Registration<A> registration) {
        synchronized (this) {
            if (!isPresent(registration)) {
                return;
            }
            try {
                int epfd = fd.enter();
                try {
                    int _ = delete(epfd, registration); // refused: its token still leads nowhere
                } finally {
                    fd.exit();
                }
            } catch (ClosedChannelException _) {
                // Then the kernel's registration goes with the instance.
            }
            drop(registration);
        }
        registration.ended();
    }

    /// Waits until some descriptor is ready.
    ///
    /// @param into where the events go, as many as it has room for
    /// @return how many: at least 1
    /// @throws ClosedChannelException if this is closed, meanwhile too
    public int await(ReadyEvents<A> into) throws IOException, InterruptedException {
        return await(into, Deadline.NEVER);
    }

    /// Finds the descriptors that are ready now; never waits.
    ///
    /// @return how many, 0 if none is
    public int tryAwait(ReadyEvents<A> into) throws IOException {
        requireOwn(into);
        into.clear();
        int epfd = fd.enter();
        try {
            return take(epfd, into);
        } finally {
            fd.exit();
        }
    }

    /// Waits until some descriptor is ready, at most `timeout`.
    ///
    /// @return how many, 0 if none was in time
    public int await(ReadyEvents<A> into, Duration timeout)
            throws IOException, InterruptedException {
        return await(into, Deadline.after(timeout));
    }

    int await(ReadyEvents<A> into, Deadline deadline) throws IOException, InterruptedException {
        requireOwn(into);
        into.clear();
        int count;
        do {
            count =
                    Thread.currentThread().isVirtual()
                            ? awaitReadable(into, deadline)
                            : awaitInKernel(into, deadline);
        } while (count == 0 && !deadline.isOver()); // all were of registrations that are gone
        return count;
    }

    private int awaitReadable(ReadyEvents<A> into, Deadline deadline)
            throws IOException, InterruptedException {
        var read = Interest.READ;
        long r = Readiness.await(fd, read, deadline, TAKE, into.memory(), into.capacity());
        return Errno.EAGAIN.is(r) ? 0 : filled(into, "epoll_pwait", r);
    }

    private int awaitInKernel(ReadyEvents<A> into, Deadline deadline)
            throws IOException, InterruptedException {
        int epfd = fd.enter();
        try {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            int count = take(epfd, into);
            return count == 0 && !deadline.isOver() ? sleep(epfd, into, deadline) : count;
        } finally {
            fd.exit();
        }
    }

    private void requireOwn(ReadyEvents<A> into) {
        if (!into.isOf(this)) {
            throw new IllegalArgumentException("made by another epoll instance");
        }
    }

    private int take(int epfd, ReadyEvents<A> into) throws OsException {
        long r;
        do {
            r = take(epfd, into.memory(), into.capacity());
        } while (Errno.EINTR.is(r));
        return Errno.EAGAIN.is(r) ? 0 : filled(into, "epoll_pwait", r);
    }

    private static long take(int epfd, MemorySegment memory, long capacity) {
        int r = SysEpoll.epoll_pwait(epfd, memory, (int) capacity, NOW, MemorySegment.NULL);
        return r == 0 ? -Errno.EAGAIN.number() : r;
    }

    private int sleep(int epfd, ReadyEvents<A> into, Deadline deadline)
            throws IOException, InterruptedException {
        if (hasNanoseconds) {
            long r = Blocking.call(fd.lifetime(), () -> pwait2(epfd, into, deadline));
            if (!Errno.ENOSYS.is(r)) {
                return filled(into, "epoll_pwait2", r);
            }
            hasNanoseconds = false;
        }
        return filled(
                into,
                "epoll_pwait",
                Blocking.call(fd.lifetime(), () -> pwait(epfd, into, milliseconds(deadline))));
    }

    private int pwait(int epfd, ReadyEvents<A> into, int milliseconds) {
        return SysEpoll.epoll_pwait(
                epfd, into.memory(), into.capacity(), milliseconds, MemorySegment.NULL);
    }

    private int pwait2(int epfd, ReadyEvents<A> into, Deadline deadline) {
        try (var arena = Arena.ofConfined()) {
            return SysEpoll.epoll_pwait2(
                    epfd,
                    into.memory(),
                    into.capacity(),
                    deadline.remaining(arena),
                    MemorySegment.NULL);
        }
    }

    /// Rounded up, so as not to come back early and find the time not over; what is longer than the
    /// kernel can count (24 days) is waited for in pieces.
    static int milliseconds(Deadline deadline) {
        if (deadline.isNever()) {
            return FOR_EVER;
        }
        long millis = Math.ceilDiv(deadline.remainingNanos(), NANOS_PER_MILLI);
        return (int) Math.min(millis, Integer.MAX_VALUE);
    }

    int filled(ReadyEvents<A> into, String call, long r) throws OsException {
        return into.fill((int) OsException.check(call, object, r), registrations);
    }

    /// How waits look at network devices themselves.
    ///
    /// @throws OsException `ENOTTY` or `EINVAL` on a kernel before Linux 6.9
    public BusyPolling busyPolling() throws IOException {
        int epfd = fd.enter();
        try (var arena = Arena.ofConfined()) {
            var params = arena.allocate(SysEpoll.EPOLL_PARAMS);
            int r = SysIoctl.ioctl(epfd, SysEpoll.EPIOCGPARAMS, params);
            OsException.check("ioctl(EPIOCGPARAMS)", object, r);
            return new BusyPolling(
                    params.get(JAVA_INT, SysEpoll.BUSY_POLL_USECS),
                    Short.toUnsignedInt(params.get(JAVA_SHORT, SysEpoll.BUSY_POLL_BUDGET)),
                    params.get(JAVA_BYTE, SysEpoll.PREFER_BUSY_POLL) != 0);
        } finally {
            fd.exit();
        }
    }

    /// Makes waits look at network devices themselves before they sleep.
    ///
    /// @throws parley.os.NotPermittedException without CAP_NET_ADMIN if more than 64 packets are
    ///   asked for
    /// @throws OsException `ENOTTY` or `EINVAL` on a kernel before Linux 6.9
    public void setBusyPolling(BusyPolling polling) throws IOException {
        int epfd = fd.enter();
        try (var arena = Arena.ofConfined()) {
            var params = arena.allocate(SysEpoll.EPOLL_PARAMS);
            params.set(JAVA_INT, SysEpoll.BUSY_POLL_USECS, polling.micros());
            params.set(JAVA_SHORT, SysEpoll.BUSY_POLL_BUDGET, (short) polling.packetsMax());
            params.set(
                    JAVA_BYTE, SysEpoll.PREFER_BUSY_POLL, (byte) (polling.isPreferred() ? 1 : 0));
            int r = SysIoctl.ioctl(epfd, SysEpoll.EPIOCSPARAMS, params);
            OsException.check("ioctl(EPIOCSPARAMS)", object, r);
        } finally {
            fd.exit();
        }
    }

    /// True until [#close].
    public boolean isOpen() {
        return fd.isOpen();
    }

    /// Closes; all registrations end, the watched descriptors stay open. Waits in other threads end
    /// with `AsynchronousCloseException`.
    @Override
    public void close() {
        fd.close();
        for (var registration : takeAll()) {
            registration.ended();
        }
    }

    private synchronized Iterable<Registration<A>> takeAll() {
        var all = registrations.all();
        all.forEach(this::drop);
        return all;
    }

    @Override
    public String toString() {
        return object;
    }
}
