package parley.process;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import parley.kernel.Fcntl;
import parley.kernel.Poll;
import parley.kernel.SignalH;
import parley.kernel.Unistd;
import parley.os.Fd;
import parley.os.OsException;

/// Watches processes for their end: one platform thread for all of them, which polls their pidfds.
///
/// It keeps each pidfd in use until the process has ended, so that closing it elsewhere neither
/// stops the watching nor frees the number. It runs no code of users.
final class ExitWatch {
    private static final int RETRY_MILLIS = 10;
    private static @Nullable ExitWatch shared;

    private final int wakeSource;
    private final int wakeSink;
    private final Queue<Entry> added = new ArrayDeque<>();
    private final List<Entry> watched = new ArrayList<>(); // of the watching thread

    /// What is to be done about a process that has ended.
    @FunctionalInterface
    interface Ended {
        /// Does it, without waiting.
        ///
        /// @param pidfd its pidfd's number, open until this returns
        /// @return false to be asked again a little later
        boolean handle(int pidfd);
    }

    private static final class Entry {
        final Fd fd;
        final int number;
        final Ended ended;
        boolean isDue;

        Entry(Fd fd, Ended ended) throws ClosedChannelException {
            this.fd = fd;
            this.number = fd.enter();
            this.ended = ended;
        }
    }

    private ExitWatch(int wakeSource, int wakeSink) {
        this.wakeSource = wakeSource;
        this.wakeSink = wakeSink;
    }

    /// The one of this JVM, started when first asked for.
    static synchronized ExitWatch shared() throws OsException {
        var known = shared;
        if (known == null) {
            known = start();
            shared = known;
        }
        return known;
    }

    private static ExitWatch start() throws OsException {
        keepChildrenWaitable();
        try (var arena = Arena.ofConfined()) {
            var fds = arena.allocate(JAVA_INT, 2);
            int flags = Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK;
            OsException.check("pipe2", "pipe", Unistd.pipe2(fds, flags));
            var watch = new ExitWatch(fds.getAtIndex(JAVA_INT, 0), fds.getAtIndex(JAVA_INT, 1));
            Thread.ofPlatform().daemon().name("parley-exits").start(watch::run);
            return watch;
        }
    }

    /// Who starts a JVM with SIGCHLD ignored makes the kernel throw exit statuses away; the JDK too
    /// undoes that before it starts its first child.
    private static void keepChildrenWaitable() throws OsException {
        try (var arena = Arena.ofConfined()) {
            var action = arena.allocate(SignalH.SIGACTION);
            int r = SignalH.sigaction(SignalH.SIGCHLD, MemorySegment.NULL, action);
            OsException.check("sigaction", "SIGCHLD", r);
            if (action.get(JAVA_LONG, SignalH.SA_HANDLER) == SignalH.SIG_IGN) {
                var byDefault = arena.allocate(SignalH.SIGACTION);
                r = SignalH.sigaction(SignalH.SIGCHLD, byDefault, MemorySegment.NULL);
                OsException.check("sigaction", "SIGCHLD", r);
            }
        }
    }

    /// Has `ended` called, by the watching thread, once the process of a pidfd has ended.
    ///
    /// @throws ClosedChannelException if it is closed
    void add(Fd pidfd, Ended ended) throws ClosedChannelException {
        var entry = new Entry(pidfd, ended);
        synchronized (added) {
            added.add(entry);
        }
        try (var arena = Arena.ofConfined()) {
            var _ = Unistd.write(wakeSink, arena.allocate(1)); // a full pipe wakes as well
        }
    }

    private void run() {
        while (true) {
            takeAdded();
            boolean isRetry = watched.stream().anyMatch(entry -> entry.isDue);
            try (var arena = Arena.ofConfined()) {
                var fds = arena.allocate(Poll.POLLFD, watched.size() + 1);
                set(fds, 0, wakeSource);
                for (int i = 0; i < watched.size(); i++) {
                    set(fds, i + 1, watched.get(i).number);
                }
                int r = Poll.poll(fds, watched.size() + 1, isRetry ? RETRY_MILLIS : -1);
                if (r > 0) {
                    markDue(fds);
                    drain(fds, arena);
                }
            }
            watched.removeIf(entry -> entry.isDue && isDone(entry));
        }
    }

    private void takeAdded() {
        synchronized (added) {
            watched.addAll(added);
            added.clear();
        }
    }

    /// A process that has ended but is not handled yet is not polled: it would be ready at once.
    private void set(MemorySegment fds, int index, int number) {
        long at = index * Poll.POLLFD.byteSize();
        boolean isDue = index > 0 && watched.get(index - 1).isDue;
        fds.set(JAVA_INT, at + Poll.FD, isDue ? -1 : number);
        fds.set(JAVA_SHORT, at + Poll.EVENTS, Poll.POLLIN);
    }

    private void markDue(MemorySegment fds) {
        for (int i = 0; i < watched.size(); i++) {
            watched.get(i).isDue |= isReady(fds, i + 1);
        }
    }

    private static boolean isReady(MemorySegment fds, int index) {
        return fds.get(JAVA_SHORT, index * Poll.POLLFD.byteSize() + Poll.REVENTS) != 0;
    }

    private void drain(MemorySegment fds, Arena arena) {
        if (isReady(fds, 0)) {
            var _ = Unistd.read(wakeSource, arena.allocate(4096)); // whatever it holds
        }
    }

    private static boolean isDone(Entry entry) {
        if (!entry.ended.handle(entry.number)) {
            return false;
        }
        entry.fd.exit();
        return true;
    }
}
