package parley.channel;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import parley.contract.MessageQueueContract;
import parley.contract.WaitingContract;

/// A channel as everything that carries whole messages.
class MessageChannelContractTest extends MessageQueueContract {
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
        var size = new MessageChannel.Size(1, 1024);
        var mine = MessageChannel.createAnonymous(size);
        var theirs = MessageChannel.of(mine.fd().duplicate());
        var sender = mine.sender();
        var receiver = theirs.receiver();
        return new Queue() {
            @Override
            public void send(MemorySegment message) throws Exception {
                sender.send(message);
            }

            @Override
            public boolean trySend(MemorySegment message) throws Exception {
                return sender.trySend(message);
            }

            @Override
            public boolean send(MemorySegment message, Duration timeout) throws Exception {
                return sender.send(message, timeout);
            }

            @Override
            public int receive(MemorySegment into) throws Exception {
                return receiver.receive(into);
            }

            @Override
            public int tryReceive(MemorySegment into) throws Exception {
                return receiver.tryReceive(into);
            }

            @Override
            public int receive(MemorySegment into, Duration timeout) throws Exception {
                return receiver.receive(into, timeout);
            }

            @Override
            public int messageBytesMax() {
                return mine.messageBytesMax();
            }

            @Override
            public void closeSender() {
                sender.close();
            }

            @Override
            public void closeReceiver() {
                receiver.close();
            }

            @Override
            public void dispose() {
                mine.close();
                theirs.close();
            }
        };
    }
}
