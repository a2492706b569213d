package parley.tool.demo;

import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import parley.os.Fd;
import parley.socket.TcpListener;
import parley.socket.TcpSocket;
import parley.socket.UnixAddress;
import parley.socket.UnixDatagramSocket;
import parley.socket.UnixSeqpacketListener;
import parley.socket.UnixSeqpacketSocket;
import parley.socket.UnixStreamListener;
import parley.socket.UnixStreamSocket;

/// Sockets go both ways, so one pair of them is a conversation.
final class Sockets {
    /// Fits the send buffer that a socket has by default several times.
    private static final int MESSAGE_BYTES = 32 * 1024;

    private Sockets() {}

    static Offer offerUnix(Workplace workplace, Closing end) throws Exception {
        var path = workplace.path();
        var listener = end.add(UnixStreamListener.listen(UnixAddress.path(path)));
        end.add(() -> UnixStreamListener.unlink(path));
        return new Offer(
                "unix:" + path,
                List.of(path.toString()),
                () -> {
                    var socket = end.add(listener.accept());
                    return new StreamLink(socket, socket);
                });
    }

    static Link joinUnix(List<String> details, List<Fd> descriptors, Closing end) throws Exception {
        var address = UnixAddress.path(Path.of(details.get(0)));
        var socket = end.add(UnixStreamSocket.connect(address));
        return new StreamLink(socket, socket);
    }

    static Offer offerTcp(Workplace workplace, Closing end) throws Exception {
        var listener = end.add(TcpListener.listenOnLoopback(0));
        int port = listener.localAddress().getPort();
        return new Offer(
                "tcp:127.0.0.1:" + port,
                List.of(Integer.toString(port)),
                () -> {
                    var socket = end.add(listener.accept());
                    return new StreamLink(socket, socket);
                });
    }

    static Link joinTcp(List<String> details, List<Fd> descriptors, Closing end) throws Exception {
        var socket = end.add(TcpSocket.connect(loopback(details.get(0))));
        return new StreamLink(socket, socket);
    }

    static InetSocketAddress loopback(String port) throws Exception {
        var localhost = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        return new InetSocketAddress(localhost, Integer.parseInt(port));
    }

    static Offer offerSeqpacket(Workplace workplace, Closing end) throws Exception {
        var path = workplace.path();
        var listener = end.add(UnixSeqpacketListener.listen(UnixAddress.path(path)));
        end.add(() -> UnixSeqpacketListener.unlink(path));
        return new Offer(
                "unix-seq:" + path,
                List.of(path.toString()),
                () -> seqpacketLink(end.add(listener.accept())));
    }

    static Link joinSeqpacket(List<String> details, List<Fd> descriptors, Closing end)
            throws Exception {
        var address = UnixAddress.path(Path.of(details.get(0)));
        return seqpacketLink(end.add(UnixSeqpacketSocket.connect(address)));
    }

    private static Link seqpacketLink(UnixSeqpacketSocket socket) {
        return new MessageLink(MESSAGE_BYTES, socket::send, socket::receive);
    }

    static Offer offerDatagram(Workplace workplace, Closing end) throws Exception {
        var here = workplace.path();
        var there = workplace.path();
        var socket = end.add(UnixDatagramSocket.bound(UnixAddress.path(here)));
        end.add(() -> UnixDatagramSocket.unlink(here));
        return new Offer(
                "unix-dgram:" + here,
                List.of(here.toString(), there.toString()),
                () -> {
                    // The other side's first datagram says that it is bound.
                    try (var arena = Arena.ofConfined()) {
                        int _ = socket.receive(arena.allocate(1));
                    }
                    socket.connect(UnixAddress.path(there));
                    end.add(() -> UnixDatagramSocket.unlink(there));
                    return datagramLink(socket);
                });
    }

    static Link joinDatagram(List<String> details, List<Fd> descriptors, Closing end)
            throws Exception {
        var there = UnixAddress.path(Path.of(details.get(0)));
        var here = UnixAddress.path(Path.of(details.get(1)));
        var socket = end.add(UnixDatagramSocket.bound(here));
        socket.connect(there);
        socket.send(new byte[0]);
        return datagramLink(socket);
    }

    private static Link datagramLink(UnixDatagramSocket socket) {
        return new MessageLink(MESSAGE_BYTES, socket::send, socket::receive);
    }
}
