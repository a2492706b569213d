package parley.signal;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import parley.kernel.SignalH;
import parley.os.Errno;
import parley.os.Lifetime;
import parley.os.OsException;
import parley.ready.Blocking;
import parley.ready.Deadline;

/// Which signals the current thread has blocked, and waiting for them. See pthread_sigmask(3),
/// sigwaitinfo(2).
///
/// Only for platform threads: a virtual thread runs on a carrier today and on another tomorrow, and
/// has no mask of its own. A signal that is sent to the process is delivered to any thread that has
/// it unblocked, of which a JVM has many; to receive such, open a [SignalStream].
public final class SignalMask {
    private static final Lifetime NEVER_CLOSED = new Lifetime(() -> {});
    private static final Map<Integer, SignalSet> AWAITED = new ConcurrentHashMap<>(); // by thread

    private SignalMask() {}

    /// What this thread has blocked.
    public static SignalSet get() throws OsException {
        requirePlatformThread();
        return exchange(SignalH.SIG_BLOCK, SignalSet.EMPTY);
    }

    /// Blocks signals in this thread: `SIG_BLOCK`.
    ///
    /// @return what was blocked before, but for what a [SignalStream] receives
    /// @throws SignalRefusedException if one belongs to the kernel, HotSpot, libc or Parley, whose
    ///   work would stop
    /// @throws IllegalStateException if a [SignalStream] receives one of them
    public static SignalSet block(SignalSet signals) throws IOException {
        requirePlatformThread();
        synchronized (SignalOwner.LOCK) {
            for (var signal : signals) {
                SignalOwner.requireFree(signal);
            }
            return change(SignalH.SIG_BLOCK, signals);
        }
    }

    /// Unblocks signals in this thread: `SIG_UNBLOCK`. Those that are pending are delivered before
    /// this returns.
    ///
    /// @return what was blocked before, but for what a [SignalStream] receives
    /// @throws IllegalStateException if a [SignalStream] receives one of them
    public static SignalSet unblock(SignalSet signals) throws IOException {
        requirePlatformThread();
        return change(SignalH.SIG_UNBLOCK, signals);
    }

    /// Blocks these signals in this thread and no others, but for those that a [SignalStream]
    /// receives and those that are somebody else's: `SIG_SETMASK`. For giving back what [#block] or
    /// [#unblock] have returned.
    public static void set(SignalSet signals) throws IOException {
        requirePlatformThread();
        synchronized (SignalOwner.LOCK) {
            var now = get();
            var others = ProcessMask.used();
            var toBlock = signals.without(now).without(others);
            for (var signal : toBlock) {
                SignalOwner.requireFree(signal);
            }
            exchange(SignalH.SIG_UNBLOCK, now.without(signals).without(others));
            exchange(SignalH.SIG_BLOCK, toBlock);
        }
    }

    private static SignalSet change(int how, SignalSet signals) throws OsException {
        synchronized (SignalOwner.LOCK) { // no stream is opened or closed meanwhile
            var others = ProcessMask.used();
            if (!signals.and(others).isEmpty()) {
                throw new IllegalStateException("a SignalStream receives " + signals.and(others));
            }
            return exchange(how, signals).without(others);
        }
    }

    /// Blocks signals in all threads of this JVM, those to come included, until what is returned is
    /// closed. They stay pending for the process meanwhile, and what is then still pending is
    /// dropped.
    ///
    /// @throws SignalRefusedException if one belongs to the kernel, HotSpot, libc or Parley, or is
    ///   one that HotSpot opens again in each new thread
    public static BlockedEverywhere blockEverywhere(SignalSet signals) throws IOException {
        synchronized (SignalOwner.LOCK) {
            for (var signal : signals) {
                SignalOwner.requireFree(signal);
                boolean isBlocked = ProcessMask.used().contains(signal);
                if (SignalAction.of(signal).isHandler() && !isBlocked) {
                    throw new SignalRefusedException(signal, "HotSpot opens it in each new thread");
                }
            }
            SignalAction.requireNotReplaced(signals);
            ProcessMask.block(signals);
        }
        return new BlockedEverywhere(signals);
    }

    /// Signals that no thread of this JVM lets through.
    public static final class BlockedEverywhere implements AutoCloseable {
        private final SignalSet signals;
        private boolean isOver;

        private BlockedEverywhere(SignalSet signals) {
            this.signals = signals;
        }

        /// Unblocks them in the threads that had them unblocked before; more calls do nothing.
        @Override
        public void close() throws IOException {
            synchronized (SignalOwner.LOCK) {
                if (!isOver) {
                    ProcessMask.unblock(signals); // if it fails, another close tries again
                    isOver = true;
                }
            }
        }
    }

    private static SignalSet exchange(int how, SignalSet signals) throws OsException {
        try (var arena = Arena.ofConfined()) {
            var old = SignalSet.EMPTY.allocate(arena);
            int r = SignalH.pthread_sigmask(how, signals.allocate(arena), old);
            OsException.check("pthread_sigmask", signals.toString(), r);
            return SignalSet.in(old);
        }
    }

    /// What was sent to this thread or to the process, and waits because this thread has it
    /// blocked. See sigpending(2).
    public static SignalSet pending() throws OsException {
        requirePlatformThread();
        try (var arena = Arena.ofConfined()) {
            var set = SignalSet.EMPTY.allocate(arena);
            OsException.check("sigpending", "thread", SignalH.sigpending(set));
            return SignalSet.in(set);
        }
    }

    /// Takes a signal that this thread has blocked, waiting until one comes: sigwaitinfo(2).
    ///
    /// @throws IllegalStateException if this thread does not have all of them blocked
    public static SignalInfo await(SignalSet signals) throws IOException, InterruptedException {
        return awaitOwn(signals, Deadline.NEVER).orElseThrow();
    }

    /// The same, at most `timeout`: sigtimedwait(2).
    ///
    /// @return empty if none came in time
    public static Optional<SignalInfo> await(SignalSet signals, Duration timeout)
            throws IOException, InterruptedException {
        return awaitOwn(signals, Deadline.after(timeout));
    }

    private static Optional<SignalInfo> awaitOwn(SignalSet signals, Deadline deadline)
            throws IOException, InterruptedException {
        requireBlocked(signals);
        int tid = SignalH.gettid();
        AWAITED.put(tid, signals);
        try {
            return await(NEVER_CLOSED, signals, deadline);
        } finally {
            AWAITED.remove(tid);
        }
    }

    /// What a thread of this process has blocked and waits for: the kernel shows that as unblocked.
    static SignalSet awaitedBy(int tid) {
        return AWAITED.getOrDefault(tid, SignalSet.EMPTY);
    }

    private static void requireBlocked(SignalSet signals) throws OsException {
        var open = signals.without(get());
        if (!open.isEmpty()) {
            throw new IllegalStateException("this thread does not have blocked: " + open);
        }
    }

    private static void requirePlatformThread() {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException("a virtual thread has no signal mask of its own");
        }
    }

    /// With one system call, which also takes what was sent to this thread alone.
    static Optional<SignalInfo> await(Lifetime lifetime, SignalSet signals, Deadline deadline)
            throws IOException, InterruptedException {
        lifetime.enter();
        try (var arena = Arena.ofConfined()) {
            var set = signals.allocate(arena);
            var info = arena.allocate(SignalH.SIGINFO_SENT);
            long r = Blocking.call(lifetime, () -> timedWait(set, info, deadline));
            if (Errno.EAGAIN.is(r)) {
                return Optional.empty();
            }
            OsException.check("rt_sigtimedwait", signals.toString(), r);
            return Optional.of(SignalInfo.of(info));
        } finally {
            lifetime.exit();
        }
    }

    private static long timedWait(MemorySegment set, MemorySegment info, Deadline deadline) {
        try (var arena = Arena.ofConfined()) {
            return SignalH.rt_sigtimedwait(set, info, deadline.remaining(arena));
        }
    }
}
