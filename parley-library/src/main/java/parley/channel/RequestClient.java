package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import parley.os.Errno;
import parley.os.OsException;
import parley.ready.Deadline;
import parley.ready.Outcome;
import parley.shm.BadRegionException;
import parley.shm.MessageHandler;
import parley.shm.RingReceiver;
import parley.shm.RingSender;

/// Who calls the server of a [RequestChannel]. Safe for many threads, of which one calls at a time
/// and the others wait for their turn; for calls at the same time take more clients.
///
/// A call that ends without its reply, because of the time, an interrupt, or an exception, is
/// abandoned: the server can see that, and a reply that comes all the same is dropped.
public final class RequestClient implements AutoCloseable {
    private static final int SENT = 1;

    private final RequestChannel channel;
    private final RequestLane lane;
    private final RingSender requests;
    private final RingReceiver replies;
    private final RoleWait requestWait;
    private final RoleWait replyWait;
    private final RoleWait.Attempt sending = this::trySend;
    private final RoleWait.Attempt receiving = this::tryReceive;
    private final MessageHandler reading = this::read;
    private final Filling filling = new Filling();
    private volatile WhenAlone whenAlone = WhenAlone.WAIT;

    private final Semaphore turn = new Semaphore(1); // guards what follows, and the waits
    private volatile @Nullable Thread streaming; // who has it for a stream
    private MemorySegment request = MemorySegment.NULL;
    private long id; // of the request
    private long time; // when it is over
    private long position; // behind it, in the ring
    private int kind; // of the reply that was read
    private Taking taking = filling;

    /// What is done with the bytes of a reply.
    private interface Taking {
        void take(MemorySegment memory, long offset, int bytes) throws IOException;
    }

    RequestClient(
            RequestChannel channel, RequestLane lane, RingSender requests, RingReceiver replies) {
        this.channel = channel;
        this.lane = lane;
        this.requests = requests;
        this.replies = replies;
        RoleWait.Whole whole = channel.memory()::requireWhole;
        this.requestWait = new RoleWait(lane.requestRoom(), this::isAlone, requests::isOpen, whole);
        this.replyWait = new RoleWait(lane.replied(), this::isLost, requests::isOpen, whole);
    }

    /// Sets what a call does that no server has, once there was one and none is left or alive; else
    /// [WhenAlone#WAIT]: the next server gets it.
    ///
    /// @return this
    public RequestClient whenAlone(WhenAlone choice) {
        whenAlone = Objects.requireNonNull(choice);
        return this;
    }

    /// Sets how this side waits; else [Waiting#PARK]. Before it is used.
    ///
    /// @return this
    public RequestClient waiting(Waiting choice) {
        requestWait.set(choice);
        replyWait.set(choice);
        return this;
    }

    /// Calls the server, and waits for the whole reply.
    ///
    /// @param request at most [RequestChannel#requestBytesMax] bytes
    /// @throws OsException `EMSGSIZE` if it is too long
    /// @throws RequestFailedException if the server says so
    /// @throws parley.os.PeerGoneException `ECONNRESET` if the server died or left that had the
    ///   request, which it may have done or not; `EPIPE` if there is none to have it, with
    ///   [WhenAlone#END]
    /// @throws BadRegionException if what came cannot be a reply
    /// @throws InterruptedException if it has to wait, and is interrupted before or meanwhile
    /// @throws java.nio.channels.ClosedChannelException if closed, meanwhile too
    public byte[] call(byte[] request) throws IOException, InterruptedException {
        var whole = new Collecting();
        boolean _ = call(MemorySegment.ofArray(request), whole, Deadline.NEVER);
        return whole.bytes();
    }

    /// The same, waiting at most `timeout`; the server is told when that is.
    ///
    /// @return empty if the reply did not come in time
    public Optional<byte[]> call(byte[] request, Duration timeout)
            throws IOException, InterruptedException {
        var whole = new Collecting();
        return call(MemorySegment.ofArray(request), whole, Deadline.after(timeout))
                ? Optional.of(whole.bytes())
                : Optional.empty();
    }

    /// The same in memory of any kind; nothing is allocated.
    ///
    /// @param reply where the whole of it goes
    /// @return its length in bytes
    /// @throws OsException `EMSGSIZE` if the request is too long, or the reply too long for `reply`
    public long call(MemorySegment request, MemorySegment reply)
            throws IOException, InterruptedException {
        return call(request, reply, Deadline.NEVER);
    }

    /// The same, waiting at most `timeout`.
    ///
    /// @return the length in bytes; [Outcome#NOTHING] if the reply did not come in time
    public long call(MemorySegment request, MemorySegment reply, Duration timeout)
            throws IOException, InterruptedException {
        return call(request, reply, Deadline.after(timeout));
    }

    private long call(MemorySegment request, MemorySegment reply, Deadline deadline)
            throws IOException, InterruptedException {
        if (!isMyTurn(request, deadline)) {
            return Outcome.NOTHING;
        }
        try {
            filling.into = reply;
            filling.length = 0;
            return isAnswered(request, filling, deadline) ? filling.length : Outcome.NOTHING;
        } finally {
            filling.into = MemorySegment.NULL;
            turn.release();
        }
    }

    private boolean call(MemorySegment request, Taking taking, Deadline deadline)
            throws IOException, InterruptedException {
        if (!isMyTurn(request, deadline)) {
            return false;
        }
        try {
            return isAnswered(request, taking, deadline);
        } finally {
            turn.release();
        }
    }

    private boolean isMyTurn(MemorySegment request, Deadline deadline)
            throws IOException, InterruptedException {
        RequestFrame.requireSize(request, channel.requestBytesMax(), "call", this);
        if (turn.tryAcquire()) {
            return true;
        }
        if (Thread.currentThread().equals(streaming)) {
            throw new IllegalStateException("this thread has not closed its stream of replies");
        }
        return turn.tryAcquire(deadline.remainingNanos(), NANOSECONDS);
    }

    private boolean isAnswered(MemorySegment request, Taking taking, Deadline deadline)
            throws IOException, InterruptedException {
        if (!isSent(request, deadline)) {
            return false;
        }
        int got = RequestFrame.PART;
        while (got == RequestFrame.PART) {
            got = next(taking, deadline);
        }
        return got == RequestFrame.LAST;
    }

    private boolean isSent(MemorySegment body, Deadline deadline)
            throws IOException, InterruptedException {
        request = body;
        id = nextId();
        time = RequestFrame.time(deadline);
        try {
            int outcome = trySend();
            if (outcome == Outcome.NOTHING) {
                outcome = requestWait.await(sending, deadline);
            }
            if (outcome == Outcome.END) {
                throw alone();
            }
            return outcome == SENT;
        } finally {
            request = MemorySegment.NULL;
        }
    }

    private long nextId() throws IOException {
        try {
            return lane.ids().getAndAdd(1) + 1;
        } catch (IllegalStateException e) {
            throw channel.memory().closed(e, isOpen());
        }
    }

    private int trySend() throws IOException {
        if (!RequestFrame.trySend(requests, channel.memory(), id, time, request)) {
            return Outcome.NOTHING;
        }
        position = lane.requests().sentBytes();
        requestWait.succeeded(1);
        ChannelMemory.signal(channel.requests());
        return SENT;
    }

    /// Waits for what comes next; the call is abandoned if nothing does.
    ///
    /// @return [RequestFrame#PART], [RequestFrame#LAST], or [Outcome#NOTHING] after the deadline
    private int next(Taking how, Deadline deadline) throws IOException, InterruptedException {
        taking = how;
        boolean isLeft = true;
        try {
            int got = tryReceive();
            if (got == Outcome.NOTHING) {
                got = replyWait.await(receiving, deadline);
            }
            if (got == Outcome.END) {
                throw lane.requests().takenBytes() - position < 0
                        ? alone()
                        : OsException.of("call", toString(), Errno.ECONNRESET.number());
            }
            isLeft = got == Outcome.NOTHING;
            return got;
        } catch (RequestFailedException e) {
            isLeft = false;
            throw e;
        } finally {
            taking = filling;
            if (isLeft) {
                abandon();
            }
        }
    }

    private OsException alone() {
        return OsException.of("call", toString(), Errno.EPIPE.number());
    }

    private int tryReceive() throws IOException {
        kind = Outcome.NOTHING;
        while (kind == Outcome.NOTHING) { // others are skipped
            try {
                if (replies.drain(reading, 1) < 1) {
                    return Outcome.NOTHING;
                }
            } finally {
                ChannelMemory.signal(lane.replyRoom());
            }
        }
        replyWait.succeeded(1);
        return kind;
    }

    private boolean read(MemorySegment memory, long offset, int length) throws IOException {
        int bytes = length - RequestFrame.HEADER_BYTES;
        if (bytes < 0) {
            throw new BadRegionException(this + ": a reply of " + length + " bytes");
        }
        if (RequestFrame.id(memory, offset) != id) {
            return true; // comes too late
        }
        long what = RequestFrame.second(memory, offset);
        long payload = offset + RequestFrame.HEADER_BYTES;
        if (what == RequestFrame.PART || what == RequestFrame.LAST) {
            kind = (int) what;
            taking.take(memory, payload, bytes);
        } else if (what == RequestFrame.FAILED) {
            var words = memory.asSlice(payload, bytes).toArray(JAVA_BYTE);
            throw new RequestFailedException(new String(words, UTF_8));
        } else {
            throw new BadRegionException(this + ": a reply of kind " + what);
        }
        return true;
    }

    /// The server was there that had the request, or nobody is who would have it.
    private boolean isLost() {
        if (position - lane.inherited().get() <= 0) {
            return true; // another server had taken it
        }
        long servers = channel.servers().get();
        if (channel.hasServer()) {
            return false;
        }
        if (lane.requests().takenBytes() - position < 0) {
            return whenAlone == WhenAlone.END && servers > 0;
        }
        return servers == channel.servers().get(); // else the next one has taken it
    }

    private boolean isAlone() {
        return whenAlone == WhenAlone.END && channel.servers().get() > 0 && !channel.hasServer();
    }

    /// Says that nobody waits for the reply any more.
    private void abandon() {
        try {
            lane.abandoned().set(id);
            ChannelMemory.lookAgain(lane.replyRoom());
        } catch (IllegalStateException _) {
            // Closed just now: that says it, too.
        }
    }

    /// Calls the server for a reply that comes in parts.
    ///
    /// @return to be closed, by whatever thread; until then other calls wait
    public Replies stream(byte[] request) throws IOException, InterruptedException {
        return stream(request, Deadline.NEVER);
    }

    /// The same for a reply that is all there within `timeout`; the server is told when that is.
    public Replies stream(byte[] request, Duration timeout)
            throws IOException, InterruptedException {
        return stream(request, Deadline.after(timeout));
    }

    private Replies stream(byte[] bytes, Deadline deadline)
            throws IOException, InterruptedException {
        var body = MemorySegment.ofArray(bytes);
        if (!isMyTurn(body, deadline)) {
            throw late();
        }
        boolean isSent = false;
        try {
            isSent = isSent(body, deadline);
            if (!isSent) {
                throw late();
            }
            streaming = Thread.currentThread();
            return new Replies(deadline);
        } finally {
            if (!isSent) {
                turn.release();
            }
        }
    }

    private OsException late() {
        return OsException.of("call", toString(), Errno.ETIMEDOUT.number());
    }

    /// The parts of one reply. For one thread at a time.
    public final class Replies implements AutoCloseable {
        private final Deadline deadline;
        private boolean isOver;
        private boolean isClosed;

        private Replies(Deadline deadline) {
            this.deadline = deadline;
        }

        /// The next part, waiting until there is one.
        ///
        /// @return empty when all have come
        /// @throws OsException `ETIMEDOUT` after the time of the call
        public Optional<byte[]> next() throws IOException, InterruptedException {
            var part = new Collecting();
            int got = next(part);
            return got == RequestFrame.PART || part.length() > 0
                    ? Optional.of(part.bytes())
                    : Optional.empty();
        }

        private int next(Taking how) throws IOException, InterruptedException {
            if (isOver) {
                return Outcome.END;
            }
            isOver = true; // unless it comes to something
            int got = RequestClient.this.next(how, deadline);
            if (got == Outcome.NOTHING) {
                throw late();
            }
            isOver = got == RequestFrame.LAST;
            return got;
        }

        /// Has all parts that are still to come read where they lie, without a copy, until the
        /// handler returns false.
        public void forEach(MessageHandler handler) throws IOException, InterruptedException {
            var goesOn = new boolean[] {true};
            Taking how =
                    (memory, offset, bytes) -> goesOn[0] = handler.handle(memory, offset, bytes);
            while (!isOver && goesOn[0]) {
                int _ = next(how);
            }
        }

        /// Ends the call, and abandons it if parts are still to come. More calls do nothing.
        @Override
        public void close() {
            if (!isClosed) {
                isClosed = true;
                if (!isOver) {
                    isOver = true;
                    abandon();
                }
                streaming = null;
                turn.release();
            }
        }
    }

    /// A whole reply, as an array.
    private static final class Collecting implements Taking {
        private byte[] first = new byte[0];
        private @Nullable ByteArrayOutputStream all; // if there is more than one part

        @Override
        public void take(MemorySegment memory, long offset, int bytes) {
            var part = memory.asSlice(offset, bytes).toArray(JAVA_BYTE);
            if (first.length == 0) {
                first = part;
                return;
            }
            if (all == null) {
                all = new ByteArrayOutputStream();
                all.writeBytes(first);
            }
            all.writeBytes(part);
        }

        int length() {
            return all == null ? first.length : all.size();
        }

        byte[] bytes() {
            return all == null ? first : all.toByteArray();
        }
    }

    /// A whole reply, in memory of the caller's.
    private final class Filling implements Taking {
        private MemorySegment into = MemorySegment.NULL;
        private long length;

        @Override
        public void take(MemorySegment memory, long offset, int bytes) throws IOException {
            if (bytes > into.byteSize() - length) {
                var detail =
                        "the reply has %d bytes and more, and there is room for %d"
                                .formatted(length + bytes, into.byteSize());
                throw OsException.of(
                        "call", RequestClient.this.toString(), Errno.EMSGSIZE.number(), detail);
            }
            MemorySegment.copy(memory, offset, into, length, bytes);
            length += bytes;
        }
    }

    private boolean isOpen() {
        return requests.isOpen() && replies.isOpen();
    }

    /// Gives the lane up, and with it a call that goes on. More calls do nothing.
    @Override
    public void close() {
        replies.close();
        requests.close(); // says that the lane is free
        channel.memory().forget(this);
    }

    @Override
    public String toString() {
        return channel.toString();
    }
}
