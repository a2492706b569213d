package parley.socket;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.IntToLongFunction;
import parley.kernel.Pool;
import parley.kernel.SysSocket;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.ready.Blocking;
import parley.ready.Deadline;
import parley.ready.Interest;
import parley.ready.Outcome;
import parley.ready.Readiness;

/// Messages on a Unix socket that are more than bytes: with a name, with control messages.
final class UnixMessages {
    private static final long NO_FLAGS = 0;

    private final Fd fd;
    private final String object;
    private final int type;
    private final Pool<MessageBuffer> buffers = MessageBuffer.newPool();

    /// @param type `SOCK_STREAM`, `SOCK_DGRAM` or `SOCK_SEQPACKET`
    UnixMessages(Fd fd, String object, int type) {
        this.fd = fd;
        this.object = object;
        this.type = type;
    }

    /// Sends without waiting.
    ///
    /// @param to [UnixAddress#UNNAMED] for the peer of a connected socket
    /// @return bytes sent, or `-EAGAIN`
    long trySend(MemorySegment data, UnixAddress to, List<ControlMessage> controls)
            throws IOException {
        var buffer = buffers.acquire();
        try (var name = ShortName.of(to);
                var sent = SentControls.of(controls)) {
            prepare(buffer, data, name.address(), sent);
            return checkedSend(to, Readiness.attempt(fd, buffer.send, data, NO_FLAGS));
        } finally {
            buffers.release(buffer);
        }
    }

    /// Sends, waiting until there is room.
    ///
    /// @param to [UnixAddress#UNNAMED] for the peer of a connected socket
    /// @return bytes sent, or `-EAGAIN` if the deadline came first
    long send(MemorySegment data, UnixAddress to, List<ControlMessage> controls, Deadline deadline)
            throws IOException, InterruptedException {
        var buffer = buffers.acquire();
        try (var name = ShortName.of(to);
                var sent = SentControls.of(controls)) {
            prepare(buffer, data, name.address(), sent);
            return checkedSend(
                    to,
                    isNamed(to)
                            ? sendToNamed(buffer, data, deadline)
                            : Readiness.await(
                                    fd, Interest.WRITE, deadline, buffer.send, data, NO_FLAGS));
        } finally {
            buffers.release(buffer);
        }
    }

    private void prepare(
            MessageBuffer buffer, MemorySegment data, UnixAddress to, SentControls controls) {
        if (type == SysSocket.SOCK_STREAM && data.byteSize() == 0) {
            throw new IllegalArgumentException(
                    "on a stream, control messages go with a byte of data at least");
        }
        buffer.prepare(data);
        if (isNamed(to)) {
            buffer.putName(to);
        }
        buffer.put(controls);
    }

    private static boolean isNamed(UnixAddress to) {
        return !(to instanceof UnixAddress.Unnamed);
    }

    private long sendToNamed(MessageBuffer buffer, MemorySegment data, Deadline deadline)
            throws IOException, InterruptedException {
        return awaitRoom(
                deadline,
                Readiness.attempt(fd, buffer.send, data, NO_FLAGS),
                number -> buffer.sendWaiting(number, data));
    }

    /// Waiting for room means the receiver's queue here, and a socket that is not connected polls
    /// as writable whatever that is; only the waiting call knows.
    ///
    /// @param tried the result of the call that does not wait
    /// @param waiting the call that waits, given the descriptor
    /// @return the result of the last one, `-EAGAIN` if the deadline came first
    long awaitRoom(Deadline deadline, long tried, IntToLongFunction waiting)
            throws IOException, InterruptedException {
        if (!Errno.EAGAIN.is(tried)) {
            return tried;
        }
        int number = fd.enter();
        try {
            long r = Blocking.call(fd.lifetime(), deadline, () -> waiting.applyAsLong(number));
            return Errno.ETIMEDOUT.is(r) ? -Errno.EAGAIN.number() : r;
        } finally {
            fd.exit();
        }
    }

    private long checkedSend(UnixAddress to, long r) throws OsException {
        if (Errno.EAGAIN.is(r)) {
            return r;
        }
        return OsException.check(
                "sendmsg", isNamed(to) ? UnixDatagramSocket.addressOf(to) : object, r);
    }

    /// Receives without waiting.
    ///
    /// @return empty if there is nothing
    Optional<ReceivedMessage> tryReceive(MemorySegment into) throws IOException {
        var buffer = buffers.acquire();
        try {
            prepare(buffer, into);
            return received(buffer, Readiness.attempt(fd, buffer.receive, into, flags()), into);
        } finally {
            buffers.release(buffer);
        }
    }

    /// Receives, waiting until there is something.
    ///
    /// @return empty if the deadline came first
    Optional<ReceivedMessage> receive(MemorySegment into, Deadline deadline)
            throws IOException, InterruptedException {
        var buffer = buffers.acquire();
        try {
            prepare(buffer, into);
            long r = Readiness.await(fd, Interest.READ, deadline, buffer.receive, into, flags());
            return received(buffer, r, into);
        } finally {
            buffers.release(buffer);
        }
    }

    private void prepare(MessageBuffer buffer, MemorySegment into) {
        if (type == SysSocket.SOCK_STREAM && into.byteSize() == 0) {
            throw new IllegalArgumentException("room for a byte at least is needed");
        }
        buffer.prepare(into);
        buffer.expectAll();
    }

    private int flags() {
        return type == SysSocket.SOCK_STREAM ? 0 : SysSocket.MSG_TRUNC;
    }

    private Optional<ReceivedMessage> received(MessageBuffer buffer, long r, MemorySegment into)
            throws IOException {
        if (Errno.EAGAIN.is(r)) {
            return Optional.empty();
        }
        OsException.check("recvmsg", object, r);
        boolean isEnd = r == 0 && isEnd(buffer);
        var controls = buffer.controls(object);
        boolean isComplete = false;
        try {
            Truncation.check("recvmsg", object, r, into);
            // There is room for all that can come: it is this process that has none left.
            if (buffer.isFlagged(SysSocket.MSG_CTRUNC)) {
                throw OsException.of("recvmsg", object, Errno.EMFILE.number());
            }
            int length = isEnd ? Outcome.END : (int) r;
            isComplete = true;
            return Optional.of(new ReceivedMessage(length, buffer.unixSender(), controls));
        } finally {
            if (!isComplete) {
                ReceivedControls.close(controls);
            }
        }
    }

    /// Tells the end of the stream from an empty message.
    private boolean isEnd(MessageBuffer buffer) {
        return switch (type) {
            case SysSocket.SOCK_STREAM -> true;
            case SysSocket.SOCK_SEQPACKET -> buffer.isBare(); // a message has a time at least
            default -> false;
        };
    }
}
