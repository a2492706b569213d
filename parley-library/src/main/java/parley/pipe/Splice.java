package parley.pipe;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.time.Duration;
import parley.kernel.Fcntl;
import parley.kernel.Poll;
import parley.kernel.SysSocket;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileStatus;
import parley.os.OsException;
import parley.ready.Deadline;
import parley.ready.Interest;
import parley.ready.Interruption;
import parley.ready.Outcome;
import parley.ready.Readiness;

/// A way for bytes from one descriptor to another inside the kernel: they do not pass through the
/// memory of this process. One end is a pipe, the other a pipe, a file or a stream socket. See
/// splice(2), tee(2).
///
/// The kernel counts bytes only: an empty message of a seqpacket socket is the end to it, and so it
/// is here ([Outcome#END]), though more may come.
///
/// A transfer that waits ends early with `InterruptedIOException` when its thread is interrupted
/// (the interrupt stays pending, nothing was transferred), and with `AsynchronousCloseException`
/// when another thread closes one of the ends. With an offset, for one thread at a time; else safe
/// for many.
public final class Splice {
    private final Fd from;
    private final Fd to;
    private final MemorySegment fromOffset; // `off_t`, moved on by the kernel; or NULL
    private final MemorySegment toOffset;
    private final boolean isTee;
    private final int flags;
    private final boolean isFromPipe;
    private final boolean isFromAsked; // whether splice(2) would wait there in spite of its flag
    private final boolean isToAsked;
    private final long atOnceMax; // bytes that `to` has room for when it polls as writable

    private Splice(
            Fd from,
            MemorySegment fromOffset,
            Fd to,
            MemorySegment toOffset,
            boolean isTee,
            int flags)
            throws IOException {
        var fromKind = FileStatus.of(from).kind();
        this.from = from;
        this.fromOffset = fromOffset;
        this.to = to;
        this.toOffset = toOffset;
        this.isTee = isTee;
        this.flags = flags | Fcntl.SPLICE_F_NONBLOCK;
        this.isFromPipe = fromKind == FileStatus.Kind.FIFO;
        this.isFromAsked = mayWait(fromKind);
        this.isToAsked = mayWait(FileStatus.of(to).kind());
        this.atOnceMax = isToAsked ? roomWhenWritable(to) : Long.MAX_VALUE;
    }

    /// A socket polls as writable when at least a third of its buffer is free (TCP), or three
    /// quarters (Unix).
    private static long roomWhenWritable(Fd fd) throws IOException {
        int number = fd.enter();
        try (var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(JAVA_INT);
            var length = arena.allocateFrom(JAVA_INT, Integer.BYTES);
            int r =
                    SysSocket.getsockopt(
                            number, SysSocket.SOL_SOCKET, SysSocket.SO_SNDBUF, bytes, length);
            return r < 0 ? PipeSink.ATOMIC_BYTES : bytes.get(JAVA_INT, 0) / 4; // < 0: a device
        } finally {
            fd.exit();
        }
    }

    private static Splice of(Fd from, MemorySegment fromOffset, Fd to, MemorySegment toOffset)
            throws IOException {
        return new Splice(from, fromOffset, to, toOffset, false, 0);
    }

    private static boolean mayWait(FileStatus.Kind kind) {
        return kind != FileStatus.Kind.FIFO && kind != FileStatus.Kind.FILE;
    }

    private static MemorySegment offset(long offset) {
        if (offset < 0) {
            throw new IllegalArgumentException("negative: " + offset);
        }
        return Arena.ofAuto().allocateFrom(JAVA_LONG, offset);
    }

    /// From a pipe into a pipe.
    public static Splice of(PipeSource from, PipeSink to) throws IOException {
        return of(from, to.fd());
    }

    /// From a pipe into a file, at its own position, or a socket.
    public static Splice of(PipeSource from, Fd to) throws IOException {
        return of(from.fd(), MemorySegment.NULL, to, MemorySegment.NULL);
    }

    /// From a pipe into a file, where the first transfer begins at `offset` and each goes on where
    /// the last one ended. The file's own position stays.
    public static Splice of(PipeSource from, Fd to, long offset) throws IOException {
        return of(from.fd(), MemorySegment.NULL, to, offset(offset));
    }

    /// From a file, at its own position, or a socket into a pipe.
    public static Splice of(Fd from, PipeSink to) throws IOException {
        return of(from, MemorySegment.NULL, to.fd(), MemorySegment.NULL);
    }

    /// From a file into a pipe, where the first transfer begins at `offset` and each goes on where
    /// the last one ended. The file's own position stays.
    public static Splice of(Fd from, long offset, PipeSink to) throws IOException {
        return of(from, offset(offset), to.fd(), MemorySegment.NULL);
    }

    /// From a pipe into a second one, and the bytes stay in the first: each transfer begins with
    /// its oldest byte. See tee(2).
    public static Splice tee(PipeSource from, PipeSink to) throws IOException {
        return new Splice(from.fd(), MemorySegment.NULL, to.fd(), MemorySegment.NULL, true, 0);
    }

    /// The same way, telling a TCP socket that more comes after: it waits for that before it sends
    /// a short packet. See `MSG_MORE` in send(2).
    public Splice more() throws IOException {
        return new Splice(from, fromOffset, to, toOffset, isTee, Fcntl.SPLICE_F_MORE);
    }

    /// Transfers some bytes, waiting until there is at least one, and room for it.
    ///
    /// @param bytesMax how many at most
    /// @return how many; [Outcome#END] at the end of where they come from
    /// @throws parley.os.PeerGoneException if nobody reads them any more (`EPIPE`, `ECONNRESET`)
    /// @throws OsException `EINVAL` if neither is a pipe, both are the same one, or the file was
    ///   opened to append; `ESPIPE` for an offset in something that has none
    public long transfer(long bytesMax) throws IOException {
        return transfer(bytesMax, Deadline.NEVER);
    }

    /// Transfers some bytes if there are any, and room for them; never waits, except for a disk.
    ///
    /// @return how many; 0 if it would have to wait; [Outcome#END]
    public long tryTransfer(long bytesMax) throws IOException {
        long r = attempt(bytesMax);
        return Errno.EAGAIN.is(r) ? 0 : r;
    }

    /// Transfers some bytes, waiting at most `timeout`.
    ///
    /// @return how many; 0 if it could not in time; [Outcome#END]
    public long transfer(long bytesMax, Duration timeout) throws IOException {
        return transfer(bytesMax, Deadline.after(timeout));
    }

    private long transfer(long bytesMax, Deadline deadline) throws IOException {
        try {
            Interruption.check();
            while (true) {
                long r = attempt(bytesMax);
                if (!Errno.EAGAIN.is(r)) {
                    return r;
                }
                if (!awaitChange(deadline)) {
                    return 0;
                }
            }
        } catch (InterruptedException _) {
            throw Interruption.asIoException(toString(), 0);
        }
    }

    /// Waits for the end that is not ready. When it is, the other may no longer be: then again.
    private boolean awaitChange(Deadline deadline) throws IOException, InterruptedException {
        return isReady(from, Poll.POLLIN)
                ? Readiness.await(to, Interest.WRITE, deadline, from.lifetime())
                : Readiness.await(from, Interest.READ, deadline, to.lifetime());
    }

    private static boolean isReady(Fd fd, short events) throws IOException {
        int number = fd.enter();
        try {
            return PipeCalls.isReady(number, events);
        } finally {
            fd.exit();
        }
    }

    /// Transfers without waiting.
    ///
    /// @return how many, [Outcome#END], or `-EAGAIN`
    private long attempt(long bytesMax) throws IOException {
        if (bytesMax < 0) {
            throw new IllegalArgumentException("negative: " + bytesMax);
        }
        int in = from.enter();
        try {
            int out = to.enter();
            try {
                return bytesMax == 0 ? 0 : result(in, attempt(in, out, bytesMax));
            } finally {
                to.exit();
            }
        } finally {
            from.exit();
        }
    }

    /// Only pipes heed SPLICE_F_NONBLOCK. In a socket the kernel would wait with the pipe locked,
    /// so that nobody could read or write it, or end that. So a socket is asked before; another
    /// thread that reads or writes it may be faster, and then this waits.
    private long attempt(int in, int out, long bytesMax) {
        if ((isFromAsked && !PipeCalls.isReady(in, Poll.POLLIN))
                || (isToAsked && !PipeCalls.isReady(out, Poll.POLLOUT))) {
            return -Errno.EAGAIN.number();
        }
        long bytes = Math.min(bytesMax, atOnceMax);
        try {
            long r;
            do {
                r =
                        isTee
                                ? Fcntl.tee(in, out, bytes, flags)
                                : Fcntl.splice(in, fromOffset, out, toOffset, bytes, flags);
            } while (Errno.EINTR.is(r));
            return r;
        } finally {
            Reference.reachabilityFence(this); // the call knows the offsets by address only
        }
    }

    private long result(int in, long r) throws OsException {
        if (Errno.EAGAIN.is(r)) {
            return r;
        }
        if (r > 0) {
            return r;
        }
        if (r < 0) {
            throw OsException.of(isTee ? "tee" : "splice", toString(), (int) -r);
        }
        boolean isNothingYet = isFromPipe && Errno.EAGAIN.is(PipeCalls.endOrNothing(in));
        return isNothingYet ? -Errno.EAGAIN.number() : Outcome.END;
    }

    @Override
    public String toString() {
        return from + " to " + to;
    }
}
