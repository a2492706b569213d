package parley.socket;

import parley.contract.ByteStreamContract;

final class UnixStreamContractTest extends ByteStreamContract {
    @Override
    protected Ends open() throws Exception {
        var pair = UnixStreamSocket.pair();
        return new Ends(pair.second(), pair.first(), pair.second().fd(), pair.first().fd());
    }
}
