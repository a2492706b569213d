package parley.tool.talk;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import parley.address.Address;
import parley.os.FileMode;
import parley.socket.TcpListener;
import parley.socket.UnixSeqpacketListener;
import parley.socket.UnixStreamListener;
import parley.tool.Patience;

/// Where endpoints are got: an address to connect to or to open, or a listener that accepts.
sealed interface Place extends Closeable permits Opening, Accepting {
    /// Makes an address ready: listens, if it says so.
    ///
    /// @param talk is told what is listened on
    static Place of(Address address, Role role, Talk talk) throws IOException {
        return switch (address) {
            case Address.Unix(var type, var name, boolean listens, var mode)
                    when listens && type != Address.Unix.Type.DATAGRAM -> {
                var given = mode.orElse(FileMode.OWNER_ONLY);
                var listener =
                        type == Address.Unix.Type.STREAM
                                ? UnixStreamListener.listen(name, given)
                                : UnixSeqpacketListener.listen(name, given);
                var file = new SocketName(name);
                talk.listensOn(new Address.Unix(type, name, false, Optional.empty()));
                yield new Accepting(listener, file);
            }
            case Address.Tcp(var host, int port, boolean listens) when listens -> {
                var listener = TcpListener.listen(Internet.first(host, port));
                talk.listensOn(listener.address());
                yield new Accepting(listener, () -> {});
            }
            default -> new Opening(address, role, talk);
        };
    }

    /// True if it can be opened again and again, each time for another peer.
    boolean accepts();

    /// How many descriptors an endpoint needs, and others for a moment when it is opened.
    default int descriptors() {
        return 1;
    }

    /// Opens an endpoint.
    ///
    /// @throws parley.tool.OutOfTime if it would take longer than it may
    Endpoint open(Patience patience) throws IOException, InterruptedException;

    /// Gives up the name, so that nobody else comes; what is open stays so. May be called again.
    void leave() throws IOException;

    @Override
    default void close() throws IOException {
        leave();
    }
}
