package parley.channel;

import parley.contract.MessageQueueContract;
import parley.contract.WaitingContract;
import parley.ready.MessageSink;
import parley.ready.MessageSource;

/// A mailbox as everything that carries whole messages.
class MailboxContractTest extends MessageQueueContract {
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
        var mine = Mailbox.createAnonymous(new Mailbox.Size(16, 1024));
        var theirs = Mailbox.of(mine.fd().duplicate());
        var sender = mine.sink(1, 0);
        var receiver = theirs.source(MailboxSelector.ANY);
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
