package parley.socket;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.time.Duration;
import parley.kernel.SysSocket;
import parley.os.Fd;
import parley.ready.ByteSink;
import parley.ready.ByteSource;
import parley.ready.DescriptorSink;
import parley.ready.DescriptorSource;
import parley.ready.Readiness.Attempt;

/// A connected socket that is a byte stream in both directions, which may be used at the same time.
public abstract sealed class StreamSocket implements ByteSource, ByteSink, ByteChannel
        permits UnixStreamSocket, TcpSocket {
    private static final Attempt RECEIVE =
            (fd, into, _) -> SysSocket.recv(fd, into, SysSocket.MSG_DONTWAIT);
    private static final Attempt SEND =
            (fd, from, _) -> SysSocket.send(fd, from, Sockets.SEND_FLAGS);

    private final Fd fd;
    private final String address;
    private final DescriptorSource source;
    private final DescriptorSink sink;

    StreamSocket(Fd fd, String address) {
        this.fd = fd;
        this.address = address;
        this.source = new DescriptorSource(fd, address, "recv", RECEIVE);
        this.sink = new DescriptorSink(fd, address, "send", SEND);
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
    public OutputStream outputStream() {
        return sink.outputStream();
    }

    /// The socket's descriptor, which can be waited on together with others.
    public Fd fd() {
        return fd;
    }

    /// As an address: that of the peer or of the listener, whichever has a name.
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
