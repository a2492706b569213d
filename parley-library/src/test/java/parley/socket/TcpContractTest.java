package parley.socket;

import java.io.IOException;
import parley.contract.ByteStreamContract;
import parley.kernel.SysSocket;
import parley.os.Fd;

final class TcpContractTest extends ByteStreamContract {
    private static final int BUFFER_BYTES = 32 * 1024;

    @Override
    protected Ends open() throws Exception {
        try (var listener = TcpListener.listenOnLoopback(0)) {
            fixBuffer(listener.fd(), SysSocket.SO_RCVBUF);
            var client = TcpSocket.connect(listener.localAddress());
            fixBuffer(client.fd(), SysSocket.SO_SNDBUF);
            var server = listener.accept();
            return new Ends(server, client, server.fd(), client.fd());
        }
    }

    /// The kernel lets a buffer grow that nobody has fixed, so that it would never be full for
    /// long.
    private static void fixBuffer(Fd fd, int option) throws IOException {
        Sockets.setOption(fd, "tcp", SysSocket.SOL_SOCKET, option, BUFFER_BYTES);
    }
}
