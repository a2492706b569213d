package parley.socket;

import parley.contract.MessageQueueContract;

final class UnixSeqpacketContractTest extends MessageQueueContract {
    @Override
    protected Queue open() throws Exception {
        return new PairQueue(UnixSeqpacketSocket.pair());
    }
}
