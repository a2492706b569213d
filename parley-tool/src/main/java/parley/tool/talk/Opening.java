package parley.tool.talk;

import java.io.IOException;
import java.util.Optional;
import parley.address.Address;
import parley.address.FileStream;
import parley.memory.Protection;
import parley.os.FileMode;
import parley.pipe.NamedPipe;
import parley.posix.PosixMessageQueue;
import parley.posix.PosixSharedMemory;
import parley.socket.SocketOption;
import parley.socket.UdpSocket;
import parley.socket.UnixAddress;
import parley.socket.UnixDatagramSocket;
import parley.socket.UnixSeqpacketSocket;
import parley.socket.UnixStreamSocket;
import parley.tool.Patience;
import parley.tool.object.SysvObjects;

/// An address that is opened or connected to.
record Opening(Address address, Role role, Talk talk) implements Place {
    private static final int COMMAND_DESCRIPTORS = 5; // two pipes and the process; two of its own

    @Override
    public boolean accepts() {
        return false;
    }

    @Override
    public int descriptors() {
        return address instanceof Address.Exec ? COMMAND_DESCRIPTORS : 1;
    }

    @Override
    public Endpoint open(Patience patience) throws IOException, InterruptedException {
        return switch (address) {
            case Address.Standard _ -> Bytes.ofStandardStreams();
            case Address.Exec(var command) -> Bytes.ofCommand(command, role);
            case Address.FilePath(var path, boolean appends) ->
                    role.isRead()
                            ? Bytes.of(FileStream.openSource(path))
                            : Bytes.of(FileStream.openSink(path, appends));
            case Address.Fifo fifo -> open(NamedPipe.open(fifo.path()), patience);
            case Address.Tcp tcp -> Bytes.of(Internet.connect(tcp.host(), tcp.port(), patience));
            case Address.Udp udp -> open(udp);
            case Address.Unix unix -> open(unix, patience);
            case Address.SysvQueue(var name) ->
                    new Queue(new Queue.Sysv(SysvObjects.queue(name)), role.isRead());
            case Address.PosixQueue(var name) ->
                    new Queue(new Queue.Posix(PosixMessageQueue.open(name)), role.isRead());
            case Address.Channel(var name) -> Channels.open(name, role);
            case Address.SysvMemory(var name) -> {
                var memory = SysvObjects.memory(name, protection());
                yield new Memory(address.toString(), memory.segment(), memory);
            }
            case Address.PosixMemory(var name) -> {
                var memory = PosixSharedMemory.open(name, protection());
                yield new Memory(address.toString(), memory.segment(), memory);
            }
            case Address.SysvSemaphores _, Address.PosixSemaphore _ ->
                    throw new IllegalStateException("carries nothing: " + address);
        };
    }

    private Protection protection() {
        return role.isRead() ? Protection.READ_ONLY : Protection.READ_WRITE;
    }

    private Bytes open(NamedPipe pipe, Patience patience) throws IOException, InterruptedException {
        if (role == Role.FOLLOW) {
            var source = pipe.tryOpenSource();
            var writer = pipe.tryOpenSink().orElseThrow(); // with it there is no end
            return new Bytes(source, writer, false, null);
        }
        if (role.isRead()) {
            return Bytes.of(
                    patience.isNone()
                            ? pipe.tryOpenSource()
                            : pipe.openSource(patience.left()).orElseThrow(patience::over));
        }
        var sink = patience.isNone() ? pipe.tryOpenSink() : pipe.openSink(patience.left());
        return Bytes.of(sink.orElseThrow(patience::over));
    }

    private Messages open(Address.Udp udp) throws IOException {
        var socket = Internet.first(udp.host(), udp.port());
        if (isConnected(udp.listens())) {
            return Messages.connected(UdpSocket.connected(socket));
        }
        var bound = UdpSocket.bound(socket);
        talk.listensOn(bound.address());
        return Messages.bound(bound, () -> {}, talk);
    }

    private Endpoint open(Address.Unix unix, Patience patience)
            throws IOException, InterruptedException {
        return switch (unix.type()) {
            case STREAM ->
                    Bytes.of(
                            UnixStreamSocket.connect(unix.name(), patience.left())
                                    .orElseThrow(patience::over));
            case SEQPACKET ->
                    Messages.connected(
                            UnixSeqpacketSocket.connect(unix.name(), patience.left())
                                    .orElseThrow(patience::over));
            case DATAGRAM -> datagram(unix);
        };
    }

    private Messages datagram(Address.Unix unix) throws IOException {
        if (!isConnected(unix.listens())) {
            var bound =
                    UnixDatagramSocket.bound(unix.name(), unix.mode().orElse(FileMode.OWNER_ONLY));
            bound.set(SocketOption.PASS_CREDENTIALS, true);
            var name = new SocketName(unix.name());
            talk.listensOn(new Address.Unix(unix.type(), unix.name(), false, Optional.empty()));
            return Messages.bound(bound, name, talk);
        }
        if (!role.isBridge()) {
            return Messages.connected(UnixDatagramSocket.connected(unix.name()));
        }
        // A name of our own, so that we can be answered.
        var socket = UnixDatagramSocket.bound(UnixAddress.UNNAMED);
        socket.connect(unix.name());
        return Messages.connected(socket);
    }

    /// Datagrams are received at the address itself, and otherwise sent to it.
    private boolean isConnected(boolean listens) {
        return !listens && (role == Role.SEND || role.isBridge());
    }

    @Override
    public void leave() {}
}
