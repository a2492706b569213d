package parley.socket;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.time.Duration;
import java.util.OptionalInt;
import parley.kernel.SysIoctl;
import parley.kernel.SysSocket;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.ready.ByteSink;
import parley.ready.ByteSource;
import parley.ready.Deadline;
import parley.ready.DescriptorSink;
import parley.ready.DescriptorSource;
import parley.ready.Interest;
import parley.ready.Readiness;
import parley.ready.Readiness.Attempt;

/// A connected socket that is a byte stream in both directions, which may be used at the same time.
public abstract sealed class StreamSocket implements Socket, ByteSource, ByteSink, ByteChannel
        permits UnixStreamSocket, TcpSocket {
    private static final Attempt RECEIVE = receiving(0);
    private static final Attempt PEEK = receiving(SysSocket.MSG_PEEK);
    private static final Attempt SEND_URGENT = Sockets.sending(SysSocket.MSG_OOB);

    private final Fd fd;
    private final String address;
    private final DescriptorSource source;
    private final DescriptorSource peeked;
    private final DescriptorSink sink;

    StreamSocket(Fd fd, String address) {
        this.fd = fd;
        this.address = address;
        this.source = new DescriptorSource(fd, address, "recv", RECEIVE);
        this.peeked = new DescriptorSource(fd, address, "recv", PEEK);
        this.sink = new DescriptorSink(fd, address, "send", Sockets.SEND);
    }

    private static Attempt receiving(int flags) {
        return Attempt.tryingFirst(
                (fd, into, _) -> SysSocket.recv(fd, into, flags | SysSocket.MSG_DONTWAIT),
                (fd, into, _) -> SysSocket.recv(fd, into, flags));
    }

    /// Reads some bytes, which stay to be read again, waiting until there is at least one. From the
    /// beginning, unless [SocketOption#PEEK_OFFSET] is set.
    ///
    /// @return how many, [parley.ready.Outcome#END] at the end of the stream
    public int peek(MemorySegment into) throws IOException {
        return peeked.read(into);
    }

    /// Reads some bytes, which stay to be read again, if there are any; never waits.
    ///
    /// @return how many; 0 if there are none now; [parley.ready.Outcome#END]
    public int tryPeek(MemorySegment into) throws IOException {
        return peeked.tryRead(into);
    }

    /// Reads some bytes, which stay to be read again, waiting at most `timeout`.
    ///
    /// @return how many; 0 if none came in time; [parley.ready.Outcome#END]
    public int peek(MemorySegment into, Duration timeout) throws IOException {
        return peeked.read(into, timeout);
    }

    /// Sends one byte as urgent (`MSG_OOB`), waiting while the stream is full. The peer takes it
    /// with [#receiveUrgent], past what is before it; a second one makes the first an ordinary
    /// byte. Unix streams since Linux 5.15.
    public void sendUrgent(byte urgent) throws IOException, InterruptedException {
        try (var arena = Arena.ofConfined()) {
            var from = arena.allocateFrom(ValueLayout.JAVA_BYTE, urgent);
            var deadline = Deadline.NEVER;
            long r = Readiness.await(fd, Interest.WRITE, deadline, SEND_URGENT, from, 0);
            OsException.check("send", address, r);
        }
    }

    /// Takes the urgent byte, if one is there; never waits. [Interest#URGENT] tells that one has
    /// come.
    ///
    /// @return 0 to 255; empty if there is none, or it was taken
    public OptionalInt receiveUrgent() throws IOException {
        try (var arena = Arena.ofConfined()) {
            var into = arena.allocate(1);
            int flags = SysSocket.MSG_OOB | SysSocket.MSG_DONTWAIT;
            long r = Readiness.attempt(fd, (fd, to, _) -> SysSocket.recv(fd, to, flags), into, 0);
            if (Errno.EINVAL.is(r) || Errno.EAGAIN.is(r) || r == 0) {
                return OptionalInt.empty();
            }
            OsException.check("recv", address, r);
            return OptionalInt.of(Byte.toUnsignedInt(into.get(ValueLayout.JAVA_BYTE, 0)));
        }
    }

    /// True if the next byte was sent after the urgent one: reads end before it once.
    /// (`SIOCATMARK`)
    public boolean isAtUrgentMark() throws IOException {
        return Sockets.control(fd, address, SysIoctl.SIOCATMARK) != 0;
    }

    /// How many bytes can be read now. (`FIONREAD`)
    public int bytesWaiting() throws IOException {
        return Sockets.control(fd, address, SysIoctl.FIONREAD);
    }

    /// How many bytes the peer has not read (Unix) or not acknowledged (TCP) yet; on a Unix socket
    /// with the kernel's book-keeping. (`SIOCOUTQ`)
    public int bytesUnsent() throws IOException {
        return Sockets.control(fd, address, SysIoctl.TIOCOUTQ);
    }

    /// Ends the output: the peer finds the end of the stream after what was written. Input goes on.
    public void shutdownOutput() throws IOException {
        Sockets.shutdown(fd, address, SysSocket.SHUT_WR);
    }

    /// Ends the input: reads find the end of the stream, those that wait too. Output goes on.
    public void shutdownInput() throws IOException {
        Sockets.shutdown(fd, address, SysSocket.SHUT_RD);
    }

    @Override
    public int read(MemorySegment into) throws IOException {
        return source.read(into);
    }

    @Override
    public int tryRead(MemorySegment into) throws IOException {
        return source.tryRead(into);
    }

    @Override
    public int read(MemorySegment into, Duration timeout) throws IOException {
        return source.read(into, timeout);
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        return source.read(into);
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int length) throws IOException {
        return source.read(into, offset, length);
    }

    @Override
    public InputStream inputStream() {
        return source.inputStream();
    }

    @Override
    public void write(MemorySegment from) throws IOException {
        sink.write(from);
    }

    @Override
    public long tryWrite(MemorySegment from) throws IOException {
        return sink.tryWrite(from);
    }

    @Override
    public long write(MemorySegment from, Duration timeout) throws IOException {
        return sink.write(from, timeout);
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        return sink.write(from);
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) throws IOException {
        return sink.write(from, offset, length);
    }

    @Override
    public OutputStream outputStream() {
        return sink.outputStream();
    }

    /// The socket's descriptor, which can be waited on together with others.
    @Override
    public Fd fd() {
        return fd;
    }

    /// As an address: that of the peer or of the listener, whichever has a name.
    @Override
    public String address() {
        return address;
    }

    @Override
    public boolean isOpen() {
        return fd.isOpen();
    }

    /// Closes; calls that wait on it end. Bytes the peer has not read yet, it can still read.
    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return address;
    }
}
