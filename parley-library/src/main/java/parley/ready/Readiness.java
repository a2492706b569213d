package parley.ready;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import parley.kernel.Poll;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.Lifetime;
import parley.os.OsException;

/// Calls on a descriptor that never wait by themselves, and waiting until they can succeed.
public final class Readiness {
    private static final int FUTILE_TRIES = 100;
    private static final long PAUSE_NANOS = 1_000_000;

    /// What is copied costs more beyond, and a stream should go in one piece.
    private static final int SMALL_BYTES = 4096;

    private Readiness() {}

    /// A call on a descriptor that returns `-EAGAIN` instead of waiting.
    @FunctionalInterface
    public interface Attempt {
        /// Makes the call.
        ///
        /// @param fd the descriptor's number
        /// @param buffer what is sent or where to receive
        /// @param argument whatever else the call takes
        /// @return `>= 0` or `-errno`
        long make(int fd, MemorySegment buffer, long argument);

        /// Makes the call in the form that waits in the kernel, where it has one; `-EAGAIN` where
        /// it has none.
        default long makeWaiting(int fd, MemorySegment buffer, long argument) {
            return -Errno.EAGAIN.number();
        }

        /// True if [#make] costs no more than [#makeWaiting] where both succeed at once: then it
        /// may come first, as it needs no preparations to be called back.
        default boolean mayTryFirst() {
            return false;
        }

        /// A call that has both forms.
        static Attempt of(Attempt trying, Attempt waiting) {
            return new TwoForms(trying, waiting, false);
        }

        /// A call that has both forms, of which the one that never waits may be tried first.
        static Attempt tryingFirst(Attempt trying, Attempt waiting) {
            return new TwoForms(trying, waiting, true);
        }
    }

    private record TwoForms(Attempt trying, Attempt waiting, boolean mayTryFirst)
            implements Attempt {
        @Override
        public long make(int fd, MemorySegment buffer, long argument) {
            return trying.make(fd, buffer, argument);
        }

        @Override
        public long makeWaiting(int fd, MemorySegment buffer, long argument) {
            return waiting.make(fd, buffer, argument);
        }
    }

    /// Makes a call once, without waiting.
    ///
    /// @return its result, `-EAGAIN` if it would have to wait
    /// @throws java.nio.channels.ClosedChannelException if the descriptor is closed
    public static long attempt(Fd fd, Attempt attempt, MemorySegment buffer, long argument)
            throws IOException {
        int number = fd.enter();
        try {
            long r;
            do {
                r = attempt.make(number, buffer, argument);
            } while (Errno.EINTR.is(r));
            return r;
        } finally {
            fd.exit();
        }
    }

    /// Makes a call, waiting until it can succeed or the deadline is over.
    ///
    /// @return its result, `-EAGAIN` if the deadline came first
    /// @throws InterruptedException if the thread was interrupted before the call succeeded
    /// @throws java.nio.channels.ClosedChannelException if the descriptor is closed, meanwhile too
    public static long await(
            Fd fd,
            Interest interest,
            Deadline deadline,
            Attempt attempt,
            MemorySegment buffer,
            long argument)
            throws IOException, InterruptedException {
        if (deadline.isNever() && !Thread.currentThread().isVirtual()) {
            long r = waitInKernel(fd, interest, attempt, buffer, argument);
            if (!Errno.EAGAIN.is(r)) {
                return r;
            }
            // It has no waiting form, or others have made the description non-blocking.
        }
        int number = fd.enter();
        try {
            return retry(fd, number, interest, deadline, attempt, buffer, argument);
        } finally {
            fd.exit();
        }
    }

    /// A platform thread, with one system call, or two where the first was expected to do.
    private static long waitInKernel(
            Fd fd, Interest interest, Attempt attempt, MemorySegment buffer, long argument)
            throws InterruptedException, IOException {
        if (!fd.isOpen()) {
            throw new ClosedChannelException();
        }
        var thread = BlockedThread.current();
        if (attempt.mayTryFirst() && buffer.byteSize() <= SMALL_BYTES) {
            var expectation = thread.expectation(interest);
            if (expectation.isReady()) {
                Interruption.check();
                long r = attempt(fd, attempt, buffer, argument);
                if (!Errno.EAGAIN.is(r)) {
                    expectation.met();
                    return r;
                }
                expectation.missed();
            }
        }
        var lifetime = fd.lifetime();
        thread.enter(lifetime);
        try {
            long r;
            do {
                BlockedThread.check(lifetime);
                r = attempt.makeWaiting(fd.number(), buffer, argument);
            } while (Errno.EINTR.is(r));
            return r;
        } finally {
            thread.leave(lifetime);
        }
    }

    /// Tries, and between tries waits until it may succeed.
    private static long retry(
            Fd fd,
            int number,
            Interest interest,
            Deadline deadline,
            Attempt attempt,
            MemorySegment buffer,
            long argument)
            throws OsException, InterruptedException, AsynchronousCloseException {
        BlockedThread.check(fd.lifetime());
        boolean isVirtual = Thread.currentThread().isVirtual();
        for (int tries = 0; ; tries++) {
            long r = attempt.make(number, buffer, argument);
            if (Errno.EAGAIN.is(r)) {
                // Ready, and yet not: others were faster; or there is something, but not for us.
                if (tries > 1 && deadline.isOver()) {
                    return r;
                }
                if (tries > FUTILE_TRIES) {
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
                boolean mayTry =
                        isVirtual
                                ? awaitParked(fd, number, interest, deadline)
                                : awaitPolling(fd, number, interest, deadline);
                if (!mayTry) {
                    return r;
                }
            } else if (!Errno.EINTR.is(r)) {
                return r;
            }
        }
    }

    /// Waits until the descriptor is ready.
    ///
    /// @param interest of one direction: not both READ and WRITE
    /// @return false if the deadline came first
    /// @throws InterruptedException if the thread is interrupted before
    /// @throws java.nio.channels.ClosedChannelException if the descriptor is closed, meanwhile too
    public static boolean await(Fd fd, Interest interest, Deadline deadline)
            throws IOException, InterruptedException {
        int number = fd.enter();
        try {
            if (!Thread.currentThread().isVirtual()) {
                return awaitPolling(fd, number, interest, deadline);
            }
            // A change is told once: what came before this wait has to be looked for.
            while (poll(number, (short) interest.events(), Deadline.after(Duration.ZERO)) == 0) {
                if (!awaitParked(fd, number, interest, deadline)) {
                    return false;
                }
            }
            return true;
        } finally {
            fd.exit();
        }
    }

    /// Waits until the descriptor is ready, or something else is closed.
    ///
    /// @param interest of one direction: not both READ and WRITE
    /// @return false if the deadline came first
    /// @throws InterruptedException if the thread is interrupted before
    /// @throws java.nio.channels.ClosedChannelException if the descriptor is closed, or the other
    ///   thing is, meanwhile too
    public static boolean await(Fd fd, Interest interest, Deadline deadline, Lifetime other)
            throws IOException, InterruptedException {
        int number = fd.enter();
        try {
            boolean isReady =
                    Thread.currentThread().isVirtual()
                            ? awaitParked(fd, number, interest, deadline, other)
                            : awaitPolling(fd, number, interest, deadline, other);
            BlockedThread.check(other);
            return isReady;
        } finally {
            fd.exit();
        }
    }

    private static boolean awaitParked(
            Fd fd, int number, Interest interest, Deadline deadline, Lifetime other)
            throws OsException, InterruptedException, AsynchronousCloseException {
        var watched = Poller.watched(fd, number);
        if (watched == null) {
            return true;
        }
        var direction = watched.direction(interest);
        Lifetime.Waiter waker = direction::ready; // who waits there looks again, which harms nobody
        other.add(waker);
        try {
            var now = Deadline.after(Duration.ZERO);
            while (other.isOpen() && poll(number, (short) interest.events(), now) == 0) {
                if (!direction.await(deadline)) {
                    return false;
                }
            }
            return true;
        } finally {
            other.remove(waker);
        }
    }

    private static boolean awaitPolling(
            Fd fd, int number, Interest interest, Deadline deadline, Lifetime other)
            throws OsException, InterruptedException, AsynchronousCloseException {
        var thread = BlockedThread.current();
        other.add(thread); // its close calls back too, and the call is not made again
        try {
            var r =
                    Blocking.call(
                            fd.lifetime(),
                            () ->
                                    other.isOpen()
                                            ? poll(number, (short) interest.events(), deadline)
                                            : 0);
            return OsException.check("ppoll", fd.toString(), r) > 0;
        } finally {
            other.remove(thread);
        }
    }

    private static boolean awaitParked(Fd fd, int number, Interest interest, Deadline deadline)
            throws OsException, InterruptedException, AsynchronousCloseException {
        var watched = Poller.watched(fd, number);
        return watched == null || watched.direction(interest).await(deadline);
    }

    private static boolean awaitPolling(Fd fd, int number, Interest interest, Deadline deadline)
            throws OsException, InterruptedException, AsynchronousCloseException {
        long r =
                Blocking.call(
                        fd.lifetime(), () -> poll(number, (short) interest.events(), deadline));
        return OsException.check("ppoll", fd.toString(), r) > 0;
    }

    private static int poll(int number, short events, Deadline deadline) {
        try (var arena = Arena.ofConfined()) {
            var pollfd = arena.allocate(Poll.POLLFD);
            pollfd.set(JAVA_INT, Poll.FD, number);
            pollfd.set(JAVA_SHORT, Poll.EVENTS, events);
            return Poll.ppoll(pollfd, 1, deadline.remaining(arena));
        }
    }
}
