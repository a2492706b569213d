package parley.socket;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import parley.contract.MessageQueueContract;
import parley.contract.WaitingContract.Blocked;

/// Datagrams sent to a name and received with one.
final class UnixDatagramToNameContractTest extends MessageQueueContract {
    @Override
    protected Queue open() throws Exception {
        var name = SocketTest.uniqueName();
        return new NamedQueue(UnixDatagramSocket.unbound(), UnixDatagramSocket.bound(name), name);
    }

    @Override
    protected Blocked blockedSend() {
        return new Blocked("sendmsg", 2); // the first only tries
    }

    private record NamedQueue(
            UnixDatagramSocket sender, UnixDatagramSocket receiver, UnixAddress name)
            implements Queue {
        @Override
        public void send(MemorySegment message) throws Exception {
            sender.send(message, name);
        }

        @Override
        public boolean trySend(MemorySegment message) throws Exception {
            return sender.trySend(message, name);
        }

        @Override
        public boolean send(MemorySegment message, Duration timeout) throws Exception {
            return sender.send(message, name, timeout);
        }

        @Override
        public int receive(MemorySegment into) throws Exception {
            try (var message = receiver.receiveMessage(into)) {
                return message.length();
            }
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
            return PairQueue.messageBytesMax(sender);
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
        public void dispose() {}
    }
}
