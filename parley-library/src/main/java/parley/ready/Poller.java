package parley.ready;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.AsynchronousCloseException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import parley.kernel.SysEpoll;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;

/// Watches descriptors for parked virtual threads, with one edge-triggered epoll registration per
/// descriptor for its life.
///
/// A virtual thread reads the events, so that waking another is a matter of the scheduler alone and
/// of no system call; when there are none it parks, and a platform thread waits for it in the
/// kernel on an epoll that watches the first one.
///
/// ```
///  descriptors ──> events (epoll) <── read by a virtual thread
///                     └──> idle (epoll) <── waited on by a platform thread
/// ```
final class Poller {
    private static final int EVENTS_MAX = 256;
    private static final int WATCHED =
            SysEpoll.EPOLLIN
                    | SysEpoll.EPOLLOUT
                    | SysEpoll.EPOLLRDHUP
                    | SysEpoll.EPOLLPRI
                    | (int) SysEpoll.EPOLLET;
    private static final int FOR_READERS =
            SysEpoll.EPOLLIN
                    | SysEpoll.EPOLLRDHUP
                    | SysEpoll.EPOLLPRI
                    | SysEpoll.EPOLLERR
                    | SysEpoll.EPOLLHUP;
    private static final int FOR_WRITERS =
            SysEpoll.EPOLLOUT | SysEpoll.EPOLLERR | SysEpoll.EPOLLHUP;

    private final Map<Fd, WatchedDescriptor> byFd = new ConcurrentHashMap<>();
    private final Map<Long, WatchedDescriptor> byToken = new ConcurrentHashMap<>();
    private final AtomicLong tokens = new AtomicLong();
    private final int events;
    private final int idle;
    private final Thread reader;
    private volatile boolean isReaderParked;

    private Poller() throws OsException {
        this.events = epoll();
        this.idle = epoll();
        int r = control(idle, SysEpoll.EPOLL_CTL_ADD, events, SysEpoll.EPOLLONESHOT, 0);
        OsException.check("epoll_ctl", "epoll", r);
        this.reader =
                Thread.ofVirtual()
                        .inheritInheritableThreadLocals(false)
                        .name("parley-poller")
                        .unstarted(this::readEvents);
    }

    /// The one of this JVM, made when the first virtual thread has to wait.
    private static final class Holder {
        static final Poller POLLER = start();

        private static Poller start() {
            try {
                var poller = new Poller();
                poller.reader.start();
                var _ =
                        Thread.ofPlatform()
                                .daemon()
                                .inheritInheritableThreadLocals(false)
                                .name("parley-poller-idle")
                                .start(poller::waitForReader);
                return poller;
            } catch (OsException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /// What watches a descriptor, made at its first wait.
    ///
    /// @param number of the descriptor, which the caller has entered
    /// @return null for what epoll does not take, such as a regular file: it never has to wait
    /// @throws OsException `ENOSPC`, `ENOMEM` at a limit of epoll
    /// @throws AsynchronousCloseException if it was closed meanwhile
    static @Nullable WatchedDescriptor watched(Fd fd, int number)
            throws OsException, AsynchronousCloseException {
        var poller = Holder.POLLER;
        var watched = poller.byFd.get(fd);
        return watched != null ? watched : poller.register(fd, number);
    }

    private synchronized @Nullable WatchedDescriptor register(Fd fd, int number)
            throws OsException, AsynchronousCloseException {
        var other = byFd.get(fd);
        if (other != null) {
            return other;
        }
        var watched = new WatchedDescriptor(this, fd, tokens.incrementAndGet());
        byToken.put(watched.token(), watched);
        int r = control(events, SysEpoll.EPOLL_CTL_ADD, number, WATCHED, watched.token());
        if (r < 0) {
            byToken.remove(watched.token());
            if (Errno.EPERM.is(r)) {
                return null;
            }
            throw OsException.of("epoll_ctl", fd.toString(), -r);
        }
        byFd.put(fd, watched);
        fd.lifetime().add(watched);
        if (!fd.isOpen()) { // closed before it could be told
            watched.wake();
            throw new AsynchronousCloseException();
        }
        return watched;
    }

    /// Takes a closed descriptor off while its number is still open: a duplicate would otherwise
    /// keep the kernel's registration alive. In one step with [#register], which another call may
    /// be about to do for the same one.
    synchronized void remove(WatchedDescriptor watched) {
        if (byToken.remove(watched.token()) != null) {
            byFd.remove(watched.fd());
            var _ = control(events, SysEpoll.EPOLL_CTL_DEL, watched.fd().number(), 0, 0);
        }
    }

    private static int epoll() throws OsException {
        int r = SysEpoll.epoll_create1(SysEpoll.EPOLL_CLOEXEC);
        return (int) OsException.check("epoll_create1", "epoll", r);
    }

    private static int control(int epoll, int operation, int fd, int watched, long token) {
        try (var arena = Arena.ofConfined()) {
            var event = arena.allocate(SysEpoll.EPOLL_EVENT);
            event.set(JAVA_INT, SysEpoll.EVENTS, watched);
            event.set(JAVA_LONG_UNALIGNED, SysEpoll.DATA, token);
            return SysEpoll.epoll_ctl(epoll, operation, fd, event);
        }
    }

    /// The virtual thread: reads events without waiting, and parks when there are none.
    @SuppressWarnings("ThreadPriorityCheck") // yielding saves most of the wake-ups
    private void readEvents() {
        var buffer = Arena.global().allocate(SysEpoll.EPOLL_EVENT, EVENTS_MAX);
        while (true) {
            if (dispatch(buffer) > 0) {
                continue;
            }
            Thread.yield(); // whoever runs now may make the next event
            if (dispatch(buffer) > 0) {
                continue;
            }
            isReaderParked = true;
            // One shot, so that the platform thread sleeps while this one is at work. An event that
            // has come since the last look is reported at once.
            int once = SysEpoll.EPOLLIN | SysEpoll.EPOLLONESHOT;
            var _ = control(idle, SysEpoll.EPOLL_CTL_MOD, events, once, 0); // fails for no reason
            while (isReaderParked) {
                LockSupport.park(this);
            }
        }
    }

    private int dispatch(MemorySegment buffer) {
        int count = SysEpoll.epoll_wait(events, buffer, EVENTS_MAX, 0);
        for (int i = 0; i < count; i++) {
            var event = buffer.asSlice(i * SysEpoll.EPOLL_EVENT.byteSize());
            var watched = byToken.get(event.get(JAVA_LONG_UNALIGNED, SysEpoll.DATA));
            if (watched != null) { // else closed meanwhile
                int what = event.get(JAVA_INT, SysEpoll.EVENTS);
                if ((what & FOR_READERS) != 0) {
                    watched.direction(Interest.READ).ready();
                }
                if ((what & FOR_WRITERS) != 0) {
                    watched.direction(Interest.WRITE).ready();
                }
            }
        }
        return count;
    }

    /// The platform thread: wakes the virtual one when there is something to read.
    private void waitForReader() {
        var buffer = Arena.global().allocate(SysEpoll.EPOLL_EVENT);
        while (true) {
            int count = SysEpoll.epoll_wait(idle, buffer, 1, -1);
            if (count > 0) {
                isReaderParked = false;
                LockSupport.unpark(reader);
            }
        }
    }
}
