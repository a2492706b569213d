package parley.tool.talk;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import parley.os.OsException;
import parley.socket.TcpSocket;
import parley.tool.Patience;

/// Hosts by name.
final class Internet {
    private Internet() {}

    static InetSocketAddress first(String host, int port) throws UnknownHostException {
        return new InetSocketAddress(InetAddress.getByName(host), port);
    }

    /// Connects to the first of a host's addresses that does not refuse.
    static TcpSocket connect(String host, int port, Patience patience)
            throws IOException, InterruptedException {
        OsException refused = null;
        for (var address : InetAddress.getAllByName(host)) {
            try {
                var socket = new InetSocketAddress(address, port);
                return TcpSocket.connect(socket, patience.left()).orElseThrow(patience::over);
            } catch (OsException e) {
                refused = refused == null ? e : refused;
            }
        }
        throw refused == null ? new UnknownHostException(host) : refused;
    }
}
