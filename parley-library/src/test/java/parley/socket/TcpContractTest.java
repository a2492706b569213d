package parley.socket;

import parley.contract.ByteStreamContract;

final class TcpContractTest extends ByteStreamContract {
    @Override
    protected Ends open() throws Exception {
        try (var listener = TcpListener.listenOnLoopback(0)) {
            var client = TcpSocket.connect(listener.localAddress());
            return new Ends(listener.accept(), client);
        }
    }
}
