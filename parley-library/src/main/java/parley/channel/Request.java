package parley.channel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import parley.ready.Deadline;

/// A request that a server has, to be answered by any thread, at any time. Replies to different
/// requests may go in any order.
///
/// A reply that nobody waits for any more is dropped: the client has died, has given the call up,
/// or its time is over. A reply for which there is no room waits: at most until then, and at most
/// as [RequestServer#patience(Duration)] says. Safe for many threads.
public final class Request {
    private final RequestServer.Lane lane;
    private final long id;
    private final long time;
    private final byte @Nullable [] bytes;
    private volatile boolean isAnswered; // set by who has the lane's turn to send

    /// @param bytes null if it was read where it lies
    Request(RequestServer.Lane lane, long id, long time, byte @Nullable [] bytes) {
        this.lane = lane;
        this.id = id;
        this.time = time;
        this.bytes = bytes;
    }

    /// What is asked.
    ///
    /// @throws IllegalStateException if it was read where it lay
    public byte[] bytes() {
        if (bytes == null) {
            throw new IllegalStateException("the request was read where it lay");
        }
        return bytes;
    }

    /// Its number in the lane.
    long id() {
        return id;
    }

    /// When the client does not wait any more.
    public Deadline deadline() {
        long nanos = RequestFrame.remainingNanos(time);
        return nanos == Long.MAX_VALUE ? Deadline.NEVER : Deadline.after(Duration.ofNanos(nanos));
    }

    /// True if nobody waits for the reply any more.
    public boolean isCancelled() {
        return RequestFrame.remainingNanos(time) == 0 || lane.isAbandoned(id);
    }

    /// Answers it.
    ///
    /// @param reply at most [RequestChannel#replyBytesMax] bytes
    /// @return false if it was dropped, or there was no room for it in time
    /// @throws parley.os.OsException `EMSGSIZE` if it is too long
    /// @throws IllegalStateException if it has been answered
    /// @throws InterruptedException if it has to wait, and is interrupted before or meanwhile
    /// @throws java.nio.channels.ClosedChannelException if the server is closed, meanwhile too
    public boolean reply(MemorySegment reply) throws IOException, InterruptedException {
        return lane.send(this, RequestFrame.LAST, reply);
    }

    /// Answers it.
    public boolean reply(byte[] reply) throws IOException, InterruptedException {
        return reply(MemorySegment.ofArray(reply));
    }

    /// Sends a part of the reply; more follows.
    ///
    /// @return false if it was dropped, or there was no room for it in time
    public boolean part(MemorySegment part) throws IOException, InterruptedException {
        return lane.send(this, RequestFrame.PART, part);
    }

    /// Sends a part of the reply; more follows.
    public boolean part(byte[] part) throws IOException, InterruptedException {
        return part(MemorySegment.ofArray(part));
    }

    /// Answers that it failed.
    ///
    /// @param words for people; the end is cut off if there are too many
    public boolean fail(String words) throws IOException, InterruptedException {
        var text = MemorySegment.ofArray(words.getBytes(UTF_8));
        long bytes = Math.min(text.byteSize(), lane.replyBytesMax());
        return lane.send(this, RequestFrame.FAILED, text.asSlice(0, bytes));
    }

    boolean isAnswered() {
        return isAnswered;
    }

    void answered() {
        isAnswered = true;
    }
}
