package parley.channel;

import parley.contract.MessageQueueContract;
import parley.contract.WaitingContract;
import parley.ready.MessageSink;
import parley.ready.MessageSource;

/// A channel as everything that carries whole messages.
class MessageChannelContractTest extends MessageQueueContract {
    protected MessageChannel.Size size() {
        return new MessageChannel.Size(1, 1024);
    }

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
        var mine = MessageChannel.createAnonymous(size());
        var theirs = MessageChannel.of(mine.fd().duplicate());
        var sender = mine.sender();
        var receiver = theirs.receiver();
        return new Queue() {
            @Override
            public MessageSink sink() {
                return sender;
            }

            @Override
            public MessageSource source() {
                return receiver;
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
