package parley.ready;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import parley.kernel.SignalH;
import parley.os.Lifetime;

/// A platform thread's stays in system calls that wait, and the way to call it back from one.
///
/// It is called back by SIGURG with a handler that does nothing, which makes the call return EINTR:
/// every call does, if the handler is without SA_RESTART, see signal(7). A signal that comes before
/// the thread is in the kernel is lost, so it is sent again until the thread has left. SIGURG
/// because by default it is ignored, so that it harms nobody; debuggers pass it on; and as a
/// standard signal it needs no place in a queue, which RLIMIT_SIGPENDING may refuse to a real-time
/// one.
///
/// **Assumptions.** Nobody else in this process sets the disposition of SIGURG. **Guarantees.**
/// [#wake] does not wait, so a thread that is slow to leave delays nobody else: it sends the signal
/// once, and [Alarms] does so again as long as needed. A call back that comes too late for its stay
/// may end the next call with EINTR, as any signal may; it is made again.
final class BlockedThread extends AbstractSelector implements Lifetime.Waiter {
    private static final long RESEND_NANOS_MIN = 200_000; // doubled each time
    private static final long RESEND_NANOS_MAX = 10_000_000;
    private static final int SIGNALLING = 1 << 31;
    private static final ThreadLocal<BlockedThread> CURRENT =
            ThreadLocal.withInitial(BlockedThread::new);

    private final long threadId = Thread.currentThread().threadId();
    private final int tid = SignalH.gettid();

    /// Their number, odd while inside, and [#SIGNALLING] while a signal is being sent, which
    /// happens inside only. Only the thread itself counts, and so only between two signals.
    private final AtomicInteger stays = new AtomicInteger();

    private final Expectation reads = new Expectation();
    private final Expectation writes = new Expectation();

    /// Extends AbstractSelector because that is the JDK's one public hook on `Thread.interrupt()`:
    /// between `begin` and `end` the interrupting thread calls `wakeup`.
    private BlockedThread() {
        super(null);
        unblockCallBackSignal();
    }

    /// That of the current thread, which is a platform thread.
    static BlockedThread current() {
        return CURRENT.get();
    }

    /// Whether calls of one direction succeed at once. By thread, not by descriptor: a thread
    /// mostly does the same again.
    Expectation expectation(Interest interest) {
        return interest == Interest.WRITE ? writes : reads;
    }

    /// Begins a stay, in which what is waited on is in use. An interrupt, or its close, calls back
    /// from now on; [#check] tells whether one came before.
    ///
    /// @throws AsynchronousCloseException if it is closed
    void enter(Lifetime lifetime) throws AsynchronousCloseException {
        // Nobody signals before. Whoever wakes has seen one of the next two steps, and so this.
        stays.setOpaque(stays.getPlain() + 1);
        begin();
        try {
            lifetime.enter(this);
        } catch (ClosedChannelException _) {
            end();
            endStay();
            throw new AsynchronousCloseException();
        }
    }

    /// Before each call of a stay: has it been called back?
    static void check(Lifetime lifetime) throws InterruptedException, AsynchronousCloseException {
        Interruption.check();
        if (!lifetime.isOpen()) {
            throw new AsynchronousCloseException();
        }
    }

    /// Ends the stay.
    void leave(Lifetime lifetime) {
        lifetime.exit(this);
        end();
        endStay();
    }

    /// Whoever sends a signal has done so.
    private void endStay() {
        int stay = stays.getPlain() & ~SIGNALLING;
        while (!stays.compareAndSet(stay, (stay + 1) & ~SIGNALLING)) {
            Thread.onSpinWait();
        }
    }

    /// Calls the thread back from the stay it is in, if any. Does not wait until it has left.
    @Override
    public void wake() {
        int stay = stays.get() & ~SIGNALLING;
        if (Thread.currentThread().threadId() == threadId || (stay & 1) == 0) {
            return;
        }
        callBackFrom(stay, RESEND_NANOS_MIN);
    }

    private void callBackFrom(int stay, long resendNanos) {
        if (signalIfIn(stay)) {
            long next = Math.min(2 * resendNanos, RESEND_NANOS_MAX);
            var _ = Alarms.after(resendNanos, () -> callBackFrom(stay, next));
        }
    }

    /// False also if another thread sends just now, which goes on with it then.
    private boolean signalIfIn(int stay) {
        if (!stays.compareAndSet(stay, stay | SIGNALLING)) {
            return false;
        }
        try {
            return SignalH.tgkill(CallBackSignal.PROCESS, tid, SignalH.SIGURG) == 0;
        } finally {
            stays.set(stay);
        }
    }

    @Override
    public Selector wakeup() {
        wake();
        return this;
    }

    /// The thread may have been started with the signal blocked.
    private static void unblockCallBackSignal() {
        try (var arena = Arena.ofConfined()) {
            var set = arena.allocate(SignalH.SIGSET_T);
            set.set(JAVA_INT, 0, 1 << (SignalH.SIGURG - 1));
            int r = SignalH.pthread_sigmask(SignalH.SIG_UNBLOCK, set, MemorySegment.NULL);
            if (r < 0) {
                throw new AssertionError("pthread_sigmask: errno " + -r);
            }
        }
    }

    /// The handler, installed when the first thread is called back.
    private static final class CallBackSignal {
        static final int PROCESS = (int) ProcessHandle.current().pid();

        static {
            try (var arena = Arena.ofConfined()) {
                var action = arena.allocate(SignalH.SIGACTION);
                action.set(JAVA_LONG, SignalH.SA_HANDLER, SignalH.emptyHandler());
                int r = SignalH.sigaction(SignalH.SIGURG, action, MemorySegment.NULL);
                if (r < 0) {
                    throw new AssertionError("sigaction: errno " + -r);
                }
            }
        }
    }

    // The rest of a selector: it has no channels, and is never seen outside.

    @Override
    protected void implCloseSelector() {}

    @Override
    protected SelectionKey register(AbstractSelectableChannel channel, int ops, Object attachment) {
        throw new IllegalStateException("not a selector to register with");
    }

    @Override
    public Set<SelectionKey> keys() {
        return Set.of();
    }

    @Override
    public Set<SelectionKey> selectedKeys() {
        return Set.of();
    }

    @Override
    public int selectNow() {
        return 0;
    }

    @Override
    public int select(long timeout) {
        return 0;
    }

    @Override
    public int select() {
        return 0;
    }
}
