package parley.socket;

import parley.contract.MessageQueueContract;

final class UnixDatagramContractTest extends MessageQueueContract {
    @Override
    protected Queue open() throws Exception {
        return new PairQueue(UnixDatagramSocket.pair());
    }
}
