package parley.socket;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import parley.kernel.SysSocket;
import parley.os.Errno;
import parley.os.Fd;
import parley.ready.Deadline;
import parley.ready.Interest;
import parley.ready.Readiness;
import parley.ready.Readiness.Attempt;

/// A socket that others connect to. Safe for many threads: each connection goes to one of them.
public abstract sealed class Listener<S extends Closeable> implements Socket
        permits UnixStreamListener, UnixSeqpacketListener, TcpListener {
    private static final MemorySegment NO_BUFFER = MemorySegment.NULL;
    private static final Attempt ACCEPT = (fd, _, _) -> accept(fd);

    private final Fd fd;
    private final String address;

    Listener(Fd fd, String address) {
        this.fd = fd;
        this.address = address;
    }

    /// Owns an accepted connection.
    abstract S accepted(Fd connection) throws IOException;

    /// Accepts a connection, waiting until there is one.
    ///
    /// @throws parley.os.LimitReachedException at a limit of descriptors; the connection goes on
    ///   waiting
    /// @throws java.nio.channels.ClosedChannelException if this listener is closed, meanwhile too
    public S accept() throws IOException, InterruptedException {
        return accept(Deadline.NEVER).orElseThrow();
    }

    /// Accepts a connection if there is one; never waits.
    ///
    /// @return empty if there is none
    public Optional<S> tryAccept() throws IOException {
        return connection(Readiness.attempt(fd, ACCEPT, NO_BUFFER, 0));
    }

    /// Accepts a connection, waiting at most `timeout`.
    ///
    /// @return empty if none came in time
    public Optional<S> accept(Duration timeout) throws IOException, InterruptedException {
        return accept(Deadline.after(timeout));
    }

    private Optional<S> accept(Deadline deadline) throws IOException, InterruptedException {
        return connection(Readiness.await(fd, Interest.READ, deadline, ACCEPT, NO_BUFFER, 0));
    }

    /// A connection that was given up while it waited to be accepted is passed over.
    private static long accept(int fd) {
        long r;
        do {
            r = SysSocket.accept4(fd, SysSocket.SOCK_CLOEXEC);
        } while (Errno.ECONNABORTED.is(r));
        return r;
    }

    private Optional<S> connection(long r) throws IOException {
        if (Errno.EAGAIN.is(r)) {
            return Optional.empty();
        }
        var connection = Fd.of("accept4", address, (int) r);
        return Optional.of(Sockets.orClose(connection, () -> accepted(connection)));
    }

    /// The listening descriptor, which can be waited on together with others.
    @Override
    public Fd fd() {
        return fd;
    }

    /// As an address, without options: `unix:/path`, `tcp:127.0.0.1:4242`.
    @Override
    public String address() {
        return address;
    }

    /// True until [#close].
    public boolean isOpen() {
        return fd.isOpen();
    }

    /// Closes; calls that wait on it end, and connections not yet accepted are refused. Its name in
    /// the file system stays.
    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return address;
    }
}
