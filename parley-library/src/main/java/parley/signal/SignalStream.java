package parley.signal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import parley.kernel.SysSignalfd;
import parley.kernel.Unistd;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.ready.Deadline;
import parley.ready.Epoll;
import parley.ready.Interest;
import parley.ready.Interruption;
import parley.ready.Readiness;

/// Receives signals of this process, one after the other, with who sent them and why; on any
/// thread, and never in the middle of other code.
///
/// The signals are blocked in every thread of the JVM from [#open] to [#close], so that the kernel
/// keeps them until they are received: real-time signals all, lower numbers first and those of one
/// number in their order; of a standard signal at most one, since a second that comes while one
/// waits is lost. A thread that is older than this and ends may put one signal behind those that
/// came meanwhile. The signals that HotSpot must have open (HUP, INT, QUIT, TERM) come through a
/// pipe from a handler instead; they are all kept, up to 512.
///
/// A signal that is sent to one thread of the JVM alone, by tgkill(2), comes only to that thread.
/// Safe for many threads: each signal goes to one that receives. See signal(7), signalfd(2),
/// sigtimedwait(2).
public final class SignalStream implements AutoCloseable, Iterable<SignalInfo> {
    private static final long INFO_BYTES = SysSignalfd.SIGNALFD_SIGINFO.byteSize();
    static final Readiness.Attempt READ = (fd, buffer, _) -> Unistd.read(fd, buffer);

    private final SignalSet signals;
    private final SignalSet blocked;
    private final List<Capture> captures;
    private final List<Source> sources;
    private final @Nullable Epoll<Source> epoll; // of more than one
    private boolean isUndone;

    /// Where signals come from: a signalfd, or a pipe of siginfo_t.
    private record Source(Fd fd, boolean isSignalFd) {}

    private SignalStream(
            SignalSet signals, SignalSet blocked, List<Capture> captures, List<Source> sources)
            throws IOException {
        this.signals = signals;
        this.blocked = blocked;
        this.captures = captures;
        this.sources = sources;
        this.epoll = sources.size() > 1 ? Epoll.create() : null;
        if (epoll != null) {
            for (var source : sources) {
                epoll.add(source.fd, Interest.READ, source);
            }
        }
    }

    /// Receives these signals, which have no other effect from now on.
    ///
    /// @throws SignalRefusedException if one belongs to the kernel, HotSpot, libc or Parley; it
    ///   says to whom
    /// @throws IllegalStateException if HUP, INT, QUIT or TERM is received by another stream
    public static SignalStream open(Signal... signals) throws IOException {
        return open(SignalSet.of(signals));
    }

    /// The same for a set.
    public static SignalStream open(SignalSet signals) throws IOException {
        if (signals.isEmpty()) {
            throw new IllegalArgumentException("no signals to receive");
        }
        synchronized (SignalOwner.LOCK) { // no action is replaced meanwhile
            for (var signal : signals) {
                SignalOwner.requireFree(signal);
            }
            return new Opening(signals).open();
        }
    }

    /// Tells of signals that HotSpot handles, HUP, INT, QUIT and TERM, and lets it handle them: who
    /// sent the TERM by which the JVM shuts down can be asked in a shutdown hook, by [#tryReceive].
    /// One that is ignored here, as INT is in a shell's background, or has its default action, as
    /// all have with `-Xrs`, is left out.
    ///
    /// @throws IllegalArgumentException for other signals
    /// @throws IllegalStateException if none is left, or one is received by another stream
    public static SignalStream observe(Signal... signals) throws IOException {
        synchronized (SignalOwner.LOCK) {
            return new Opening(SignalSet.of(signals)).observe();
        }
    }

    /// What has been begun of a stream, and is undone if the rest fails.
    private static final class Opening {
        private final SignalSet signals;
        private final List<Capture> captures = new ArrayList<>();
        private final List<Source> sources = new ArrayList<>();
        private SignalSet blocked = SignalSet.EMPTY;

        Opening(SignalSet signals) {
            this.signals = signals;
        }

        SignalStream open() throws IOException {
            SignalAction.requireNotReplaced(signals);
            boolean isOpen = false;
            try {
                var toBlock = SignalSet.EMPTY;
                var others = signals.and(ProcessMask.used());
                for (var signal : signals) {
                    if (SignalAction.of(signal).isHandler() && !others.contains(signal)) {
                        capture(signal, Capture::take);
                    } else {
                        toBlock = toBlock.with(SignalSet.of(signal));
                    }
                }
                if (!toBlock.isEmpty()) {
                    ProcessMask.block(toBlock);
                    blocked = toBlock;
                    sources.add(new Source(signalFd(toBlock), true));
                }
                var stream = new SignalStream(signals, blocked, captures, sources);
                isOpen = true;
                return stream;
            } finally {
                if (!isOpen) {
                    undo();
                }
            }
        }

        SignalStream observe() throws IOException {
            SignalAction.requireNotReplaced(signals);
            boolean isOpen = false;
            try {
                for (var signal : signals) {
                    if (!Capture.MAY_BE.contains(signal)) {
                        throw new IllegalArgumentException("not one of HotSpot's: " + signal);
                    }
                    if (SignalAction.of(signal).isHandler()) {
                        capture(signal, Capture::observe);
                    }
                }
                if (sources.isEmpty()) {
                    throw new IllegalStateException("HotSpot handles none of " + signals + " here");
                }
                var stream = new SignalStream(signals, blocked, captures, sources);
                isOpen = true;
                return stream;
            } finally {
                if (!isOpen) {
                    undo();
                }
            }
        }

        private void capture(Signal signal, Begin begin) throws IOException {
            var capture = Capture.of(signal);
            sources.add(new Source(capture.openSource(), false));
            begin.begin(capture);
            captures.add(capture); // only now is it ours to end
        }

        private void undo() throws IOException {
            sources.forEach(source -> source.fd.close());
            for (var capture : captures) {
                capture.end();
            }
            ProcessMask.unblock(blocked);
        }
    }

    /// How a captured signal is received.
    private interface Begin {
        void begin(Capture capture) throws IOException;
    }

    private static Fd signalFd(SignalSet signals) throws OsException {
        try (var arena = Arena.ofConfined()) {
            int flags = SysSignalfd.SFD_CLOEXEC | SysSignalfd.SFD_NONBLOCK;
            int r = SysSignalfd.signalfd(-1, signals.allocate(arena), flags);
            return Fd.of("signalfd", signals.toString(), r);
        }
    }

    /// What it receives.
    public SignalSet signals() {
        return signals;
    }

    /// Receives a signal, waiting until one comes.
    ///
    /// @throws ClosedChannelException if this is closed, meanwhile too
    public SignalInfo receive() throws IOException, InterruptedException {
        return receive(Deadline.NEVER).orElseThrow();
    }

    /// Receives a signal, waiting at most `timeout`.
    ///
    /// @return empty if none came in time
    public Optional<SignalInfo> receive(Duration timeout) throws IOException, InterruptedException {
        return receive(Deadline.after(timeout));
    }

    /// Receives a signal if one is there; never waits.
    public Optional<SignalInfo> tryReceive() throws IOException {
        try (var arena = Arena.ofConfined()) {
            return take(arena.allocate(INFO_BYTES, Long.BYTES));
        }
    }

    private Optional<SignalInfo> receive(Deadline deadline)
            throws IOException, InterruptedException {
        try (var arena = Arena.ofConfined()) {
            var buffer = arena.allocate(INFO_BYTES, Long.BYTES);
            if (epoll != null) {
                return receiveFromAny(epoll, deadline, buffer);
            }
            var only = sources.getFirst();
            if (only.isSignalFd && !Thread.currentThread().isVirtual()) {
                return SignalMask.await(only.fd.lifetime(), blocked, deadline);
            }
            long r = Readiness.await(only.fd, Interest.READ, deadline, READ, buffer, 0);
            return info(only, r, buffer);
        }
    }

    private Optional<SignalInfo> receiveFromAny(
            Epoll<Source> any, Deadline deadline, MemorySegment buffer)
            throws IOException, InterruptedException {
        Interruption.check();
        var events = any.events(1);
        while (true) {
            var info = take(buffer);
            if (info.isPresent() || any.await(events, deadline) == 0) {
                return info;
            }
        }
    }

    private Optional<SignalInfo> take(MemorySegment buffer) throws IOException {
        for (var source : sources) {
            long r = Readiness.attempt(source.fd, READ, buffer, 0);
            var info = info(source, r, buffer);
            if (info.isPresent()) {
                return info;
            }
        }
        return Optional.empty();
    }

    private Optional<SignalInfo> info(Source source, long r, MemorySegment buffer)
            throws OsException {
        if (Errno.EAGAIN.is(r)) {
            return Optional.empty();
        }
        OsException.check("read", signals.toString(), r);
        return Optional.of(
                source.isSignalFd ? SignalInfo.ofSignalFd(buffer) : SignalInfo.of(buffer));
    }

    /// Signals as they come: `hasNext` waits for the next, and is false when this is closed. An
    /// interrupt is an `UncheckedIOException`.
    @Override
    public Iterator<SignalInfo> iterator() {
        return new Iterator<>() {
            private @Nullable SignalInfo next;

            @Override
            public boolean hasNext() {
                try {
                    if (next == null) {
                        next = receive();
                    }
                    return true;
                } catch (ClosedChannelException _) {
                    return false;
                } catch (InterruptedException _) {
                    throw new UncheckedIOException(
                            Interruption.asIoException(signals.toString(), 0));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }

            @Override
            public SignalInfo next() {
                if (!hasNext() || next == null) {
                    throw new NoSuchElementException();
                }
                var info = next;
                next = null;
                return info;
            }
        };
    }

    /// How many were dropped in this process so far: of HUP, INT, QUIT and TERM what found 512
    /// waiting; of real-time signals what a thread that ended let through when the queue was full.
    public long dropped() {
        synchronized (SignalOwner.LOCK) {
            return Guard.lost() + captures.stream().mapToLong(Capture::dropped).sum();
        }
    }

    /// True until [#close].
    public boolean isOpen() {
        return sources.getFirst().fd.isOpen();
    }

    /// Lets the signals do what they did before. Those that wait to be received are dropped: their
    /// default action could end the JVM. Calls that wait end with `AsynchronousCloseException`.
    @Override
    public void close() throws IOException {
        if (epoll != null) {
            epoll.close();
        }
        sources.forEach(source -> source.fd.close());
        synchronized (SignalOwner.LOCK) {
            while (!captures.isEmpty()) {
                captures.getLast().end();
                captures.removeLast();
            }
            if (!isUndone) {
                ProcessMask.unblock(blocked); // if it fails, another close tries again
                isUndone = true;
            }
        }
    }

    @Override
    public String toString() {
        return "signals " + signals;
    }
}
