package parley.channel;

import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import parley.ready.Deadline;
import parley.ready.Interruption;
import parley.ready.Outcome;
import parley.shm.EventCount;

/// How one side of a channel waits until an attempt comes to something; of one thread at a time.
final class RoleWait {
    private static final int LOOKS_MAX = 1000; // and pauses, before it sleeps: tens of microseconds
    private static final int LOOKS_MIN = 8;
    private static final int LOOKS_OFTEN = 100; // before it lets others run
    private static final int SLEEPS_PER_TRIAL = 64; // then it tries again whether looking is of use
    private static final int PAUSES_MAX = 256;
    private static final int CALM = 256; // attempts that came to something

    /// What is tried: a number, or [Outcome#NOTHING].
    interface Attempt {
        int now() throws IOException;
    }

    /// Looks whether what is shared is still all there.
    interface Whole {
        void require() throws IOException;
    }

    private final EventCount events;
    private final BooleanSupplier isAlone;
    private final BooleanSupplier isOpen;
    private final Whole whole;
    private Waiting waiting = Waiting.PARK;
    private int looks = LOOKS_MIN; // that are worth it, as far as is known
    private int sleeps; // without a trial
    private int pauses; // before the next look
    private int successes; // messages since the last empty look
    private int calm; // successes since it slept

    /// @param isAlone true if nobody is at the other side for whom it makes sense to wait
    /// @param isOpen false once this side is closed
    RoleWait(EventCount events, BooleanSupplier isAlone, BooleanSupplier isOpen, Whole whole) {
        this.events = events;
        this.isAlone = isAlone;
        this.isOpen = isOpen;
        this.whole = whole;
        events.relax(); // what another one has prepared is not ours
    }

    void set(Waiting choice) {
        waiting = Objects.requireNonNull(choice);
    }

    /// Says that an attempt came to something.
    ///
    /// @param count messages
    void succeeded(int count) {
        successes += count;
        if (++calm == CALM) {
            calm = 0;
            relax();
        }
    }

    private void relax() {
        try {
            if (events.isAlert()) {
                events.relax();
            }
        } catch (IllegalStateException _) {
            // Closed just now; what came to something before that is not to be lost.
        }
    }

    /// Attempts it until it comes to something.
    ///
    /// @return what that is; [Outcome#NOTHING] after the deadline, [Outcome#END] if it is alone
    int await(Attempt attempt, Deadline deadline) throws IOException, InterruptedException {
        Interruption.check();
        try {
            int got = look(attempt, deadline);
            return got == Outcome.NOTHING && waiting.isAsleepInTheEnd()
                    ? sleep(attempt, deadline)
                    : got;
        } catch (IOException | IllegalStateException e) {
            whole.require(); // that is why, if it is not
            if (isOpen.getAsBoolean()) {
                throw e;
            }
            throw closed(e);
        }
    }

    static AsynchronousCloseException closed(Exception cause) {
        var closed = new AsynchronousCloseException();
        closed.initCause(cause);
        return closed;
    }

    @SuppressWarnings("ThreadPriorityCheck") // to yield is what was chosen
    private int look(Attempt attempt, Deadline deadline) throws IOException, InterruptedException {
        long end = looksBeforeSleep();
        for (long i = 0, spent = 0; spent < end || !waiting.isAsleepInTheEnd(); i++) {
            int got = attempt.now();
            if (got != Outcome.NOTHING) {
                looks = Math.min(LOOKS_MAX, Math.max(LOOKS_MIN, 2 * looks));
                return got;
            }
            spent += 1 + pause();
            if (i % LOOKS_OFTEN == LOOKS_OFTEN - 1) {
                if (isAlone.getAsBoolean()) {
                    return last(attempt, Outcome.END);
                }
                if (deadline.isOver()) {
                    return Outcome.NOTHING;
                }
                Interruption.check();
                if (waiting == Waiting.YIELD) {
                    Thread.yield();
                }
            }
        }
        looks /= 2;
        return Outcome.NOTHING;
    }

    /// As many as were of use lately; sometimes a few, to find out whether they would be.
    private int looksBeforeSleep() {
        if (waiting == Waiting.SLEEP) {
            return 0;
        }
        if (looks < LOOKS_MIN && ++sleeps == SLEEPS_PER_TRIAL) {
            sleeps = 0;
            looks = LOOKS_MIN;
        }
        return looks < LOOKS_MIN ? 0 : looks;
    }

    /// Who is on the other's heels makes him slower: so looks come less often while each finds
    /// many, and at once where each finds one.
    ///
    /// @return how often it has paused
    private int pause() {
        if (successes > 2) {
            pauses = Math.min(PAUSES_MAX, 2 * pauses + 1);
        } else if (successes == 1) {
            pauses /= 2;
        }
        successes = 0;
        for (int i = 0; i < pauses; i++) {
            Thread.onSpinWait();
        }
        return pauses;
    }

    private int sleep(Attempt attempt, Deadline deadline) throws IOException, InterruptedException {
        while (true) {
            long prepared = events.prepareHeavy();
            int got = attempt.now();
            if (got == Outcome.NOTHING && isAlone.getAsBoolean()) {
                got = last(attempt, Outcome.END);
            }
            if (got != Outcome.NOTHING || deadline.isOver()) {
                calm = 0;
                return got;
            }
            events.await(prepared, deadline);
            got = attempt.now(); // unprepared: nobody need wake us again
            if (got != Outcome.NOTHING) {
                calm = 0;
                return got;
            }
        }
    }

    /// What came just before the others had gone.
    private static int last(Attempt attempt, int otherwise) throws IOException {
        int got = attempt.now();
        return got == Outcome.NOTHING ? otherwise : got;
    }
}
