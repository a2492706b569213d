package parley.channel;

import parley.contract.MessageQueueContract;
import parley.contract.WaitingContract;
import parley.ready.MessageSink;
import parley.ready.MessageSource;
import parley.shm.WhenSlow;

/// A broadcast to one subscriber as everything that carries whole messages.
class BroadcastContractTest extends MessageQueueContract {
    @Override
    protected boolean needsNativeMemory() {
        return false;
    }

    @Override
    protected WaitingContract.Blocked blockedReceive() {
        return new WaitingContract.Blocked("futex", 1);
    }

    @Override
    protected WaitingContract.Blocked blockedSend() {
        return new WaitingContract.Blocked("futex", 1);
    }

    @Override
    protected Queue open() throws Exception {
        var size = new Broadcast.Size(1, 1024, WhenSlow.HOLD_BACK);
        var mine = Broadcast.createAnonymous(size);
        var theirs = Broadcast.of(mine.fd().duplicate());
        var publisher = mine.publisher();
        var subscriber = theirs.subscriber();
        return new Queue() {
            @Override
            public MessageSink sink() {
                return publisher;
            }

            @Override
            public MessageSource source() {
                return subscriber;
            }

            @Override
            public int messageBytesMax() {
                return mine.messageBytesMax();
            }

            @Override
            public void dispose() {
                mine.close();
                theirs.close();
            }
        };
    }
}
