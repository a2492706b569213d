package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import parley.ready.Deadline;
import parley.ready.Outcome;
import parley.shm.EventCount;
import parley.shm.MessageHandler;
import parley.shm.RingReceiver;
import parley.shm.RingSender;

/// Who serves a [RequestChannel]. Requests of one client come in their order, those of different
/// clients in turn. Safe for many threads, of which each gets other requests.
public final class RequestServer implements AutoCloseable {
    private static final int TAKEN = 1;
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final RequestChannel channel;
    private final List<Lane> lanes = new ArrayList<>();
    private final RoleWait wait;
    private final RoleWait.Attempt taking = this::takeOne;
    private final ReentrantLock turn = new ReentrantLock(); // guards what follows, and the wait
    private int next; // lane to look at
    private @Nullable RequestHandler handler; // of who has the turn; null: copies
    private @Nullable InterruptedException interrupted; // of the handler's
    private @Nullable Request copied;
    private volatile Duration patience = PATIENCE;

    RequestServer(
            RequestChannel channel,
            List<RequestLane> shared,
            List<RingReceiver> requests,
            List<RingSender> replies) {
        this.channel = channel;
        for (int i = 0; i < shared.size(); i++) {
            lanes.add(new Lane(shared.get(i), requests.get(i), replies.get(i)));
        }
        this.wait =
                new RoleWait(
                        channel.requests(),
                        () -> false,
                        () -> requests.stream().allMatch(RingReceiver::isOpen),
                        channel.memory()::requireWhole);
    }

    /// Answers a request.
    @FunctionalInterface
    public interface Answering {
        /// Does what is asked; may send parts before.
        ///
        /// @return the reply, or the last part of it
        /// @throws Exception whose words the client is told
        byte[] answer(Request request) throws Exception;
    }

    /// Sets how long a reply waits at most for a client that does not read; else a second.
    ///
    /// @return this
    public RequestServer patience(Duration most) {
        patience = Objects.requireNonNull(most);
        return this;
    }

    /// Sets how this side waits for requests; else [Waiting#PARK]. Before it is used.
    ///
    /// @return this
    public RequestServer waiting(Waiting choice) {
        wait.set(choice);
        return this;
    }

    /// Takes a request, waiting until there is one that somebody waits for the reply to.
    ///
    /// @throws parley.shm.BadRegionException if what is there cannot be a request
    /// @throws InterruptedException if it has to wait, and is interrupted before or meanwhile
    /// @throws ClosedChannelException if closed, meanwhile too
    public Request receive() throws IOException, InterruptedException {
        return receive(Deadline.NEVER).orElseThrow();
    }

    /// Takes a request, waiting at most `timeout`.
    ///
    /// @return empty if none came in time
    public Optional<Request> receive(Duration timeout) throws IOException, InterruptedException {
        return receive(Deadline.after(timeout));
    }

    private Optional<Request> receive(Deadline deadline) throws IOException, InterruptedException {
        if (!turn.tryLock() && !turn.tryLock(deadline.remainingNanos(), NANOSECONDS)) {
            return Optional.empty();
        }
        try {
            if (takeOne() == Outcome.NOTHING) {
                int _ = wait.await(taking, deadline);
            }
            return Optional.ofNullable(copied);
        } finally {
            copied = null;
            turn.unlock();
        }
    }

    /// Takes a request if there is one; never waits, not for another thread either.
    public Optional<Request> tryReceive() throws IOException {
        if (!turn.tryLock()) {
            return Optional.empty();
        }
        try {
            int _ = takeOne();
            return Optional.ofNullable(copied);
        } finally {
            copied = null;
            turn.unlock();
        }
    }

    /// Has a request read where it lies, without a copy; waits until there is one. It is taken when
    /// the handler has returned or thrown: of a server that is killed before, the next one gets it
    /// again. Other threads wait meanwhile. A handler that throws has to answer before.
    public void handle(RequestHandler handler) throws IOException, InterruptedException {
        boolean _ = handle(handler, Deadline.NEVER);
    }

    /// The same, waiting at most `timeout`.
    ///
    /// @return false if none came in time
    public boolean handle(RequestHandler handler, Duration timeout)
            throws IOException, InterruptedException {
        return handle(handler, Deadline.after(timeout));
    }

    private boolean handle(RequestHandler how, Deadline deadline)
            throws IOException, InterruptedException {
        if (!turn.tryLock() && !turn.tryLock(deadline.remainingNanos(), NANOSECONDS)) {
            return false;
        }
        try {
            handler = Objects.requireNonNull(how);
            boolean isTaken = takeOne() == TAKEN || wait.await(taking, deadline) == TAKEN;
            if (interrupted != null) {
                throw interrupted;
            }
            return isTaken;
        } finally {
            handler = null;
            interrupted = null;
            turn.unlock();
        }
    }

    /// Answers requests one after another, until interrupted or closed.
    ///
    /// @throws InterruptedException if interrupted
    /// @throws ClosedChannelException if closed
    public void serve(Answering answering) throws IOException, InterruptedException {
        while (true) {
            answer(receive(), answering);
        }
    }

    /// Answers requests as an executor can, so that one that takes long, or a client that does not
    /// read, delays no other.
    public void serve(Answering answering, Executor executor)
            throws IOException, InterruptedException {
        while (true) {
            var request = receive();
            executor.execute(() -> {
                try {
                    answer(request, answering);
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                } catch (IOException _) {
                    // The channel is closed, or broken, as the next receive says.
                }
            });
        }
    }

    private static void answer(Request request, Answering answering)
            throws IOException, InterruptedException {
        try {
            boolean _ = request.reply(answering.answer(request));
        } catch (ClosedChannelException e) {
            throw e;
        } catch (Exception e) { // of the answering's, whatever it is
            boolean isInterrupted = e instanceof InterruptedException;
            if (!request.isAnswered()) {
                boolean _ = request.fail(Objects.requireNonNullElse(e.getMessage(), e.toString()));
            }
            if (isInterrupted) {
                throw (InterruptedException) e;
            }
        }
    }

    private int takeOne() throws IOException {
        for (int i = 0; i < lanes.size(); i++) {
            var lane = lanes.get(next);
            next = next + 1 == lanes.size() ? 0 : next + 1;
            if (lane.isTaken()) {
                wait.succeeded(1);
                return TAKEN;
            }
        }
        return Outcome.NOTHING;
    }

    /// What the server has of a client's lane.
    final class Lane {
        private static final int SENT = 1;

        private final RequestLane shared;
        private final RingReceiver requests;
        private final RingSender replies;
        private final EventCount requestRoom;
        private final MessageHandler reading = this::read;
        private boolean isRead; // one that somebody waits for
        private final RoleWait replyWait;
        private final RoleWait.Attempt sending = this::trySend;
        private final ReentrantLock sendingTurn = new ReentrantLock(); // guards what follows
        private @Nullable Request request;
        private int kind;
        private MemorySegment body = MemorySegment.NULL;

        private Lane(RequestLane shared, RingReceiver requests, RingSender replies) {
            this.shared = shared;
            this.requests = requests;
            this.replies = replies;
            this.requestRoom = shared.requestRoom();
            this.replyWait =
                    new RoleWait(
                            shared.replyRoom(),
                            this::isUnwanted,
                            replies::isOpen,
                            channel.memory()::requireWhole);
        }

        /// Takes requests until one is for somebody.
        private boolean isTaken() throws IOException {
            isRead = false;
            int taken = TAKEN;
            while (!isRead && taken > 0) {
                try {
                    taken = requests.drain(reading, 1);
                } finally {
                    ChannelMemory.signal(requestRoom);
                }
            }
            return isRead;
        }

        private boolean read(MemorySegment memory, long offset, int length) throws IOException {
            int bytes = length - RequestFrame.HEADER_BYTES;
            if (bytes < 0) {
                return true; // nobody can be answered
            }
            long id = RequestFrame.id(memory, offset);
            long time = RequestFrame.second(memory, offset);
            long payload = offset + RequestFrame.HEADER_BYTES;
            var how = handler;
            var copy = how == null ? memory.asSlice(payload, bytes).toArray(JAVA_BYTE) : null;
            var taken = new Request(this, id, time, copy);
            if (taken.isCancelled()) {
                return true;
            }
            isRead = true;
            if (how == null) {
                copied = taken;
                return true;
            }
            try {
                how.handle(taken, memory, payload, bytes);
            } catch (InterruptedException e) {
                interrupted = e;
            }
            return true;
        }

        /// True if nobody waits for the reply.
        boolean isAbandoned(long id) {
            try {
                return id - shared.abandoned().get() <= 0 || !shared.requests().hasSender();
            } catch (IllegalStateException _) {
                return true; // closed just now
            }
        }

        int replyBytesMax() {
            return channel.replyBytesMax();
        }

        /// Sends a reply, or a part of it.
        boolean send(Request request, int kind, MemorySegment body)
                throws IOException, InterruptedException {
            RequestFrame.requireSize(body, replyBytesMax(), "reply", channel);
            var deadline = Deadline.after(patience).earlier(request.deadline());
            if (!sendingTurn.tryLock()
                    && !sendingTurn.tryLock(deadline.remainingNanos(), NANOSECONDS)) {
                return false;
            }
            try {
                if (request.isAnswered()) {
                    throw new IllegalStateException("the request was answered");
                }
                this.request = request;
                this.kind = kind;
                this.body = body;
                boolean isSent = trySend() == SENT || replyWait.await(sending, deadline) == SENT;
                if (isSent && kind != RequestFrame.PART) {
                    request.answered();
                }
                return isSent;
            } finally {
                this.body = MemorySegment.NULL;
                this.request = null;
                sendingTurn.unlock();
            }
        }

        private int trySend() throws IOException {
            if (replies.isOpen() && isUnwanted()) {
                return Outcome.END;
            }
            long id = Objects.requireNonNull(request).id();
            if (!RequestFrame.trySend(replies, channel.memory(), id, kind, body)) {
                return Outcome.NOTHING;
            }
            replyWait.succeeded(1);
            ChannelMemory.signal(shared.replied());
            return SENT;
        }

        private boolean isUnwanted() {
            return Objects.requireNonNull(request).isCancelled();
        }
    }

    /// Gives the side up: who waits for a reply is told at once that it does not come. More calls
    /// do nothing.
    @Override
    public void close() {
        RingSender.closeAll(lanes.stream().map(lane -> lane.replies).toList());
        var requests = lanes.stream().map(lane -> lane.requests).toList();
        RingReceiver.closeAll(requests.reversed()); // the first says that it is free
        channel.memory().forget(this);
    }

    @Override
    public String toString() {
        return channel.toString();
    }
}
