package parley.socket;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import parley.contract.MessageQueueContract;
import parley.contract.WaitingContract.Blocked;
import parley.ready.MessageSink;

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
            UnixDatagramSocket sender, UnixDatagramSocket source, UnixAddress name)
            implements Queue, MessageSink {
        @Override
        public MessageSink sink() {
            return this;
        }

        @Override
        public void send(MemorySegment message) throws IOException, InterruptedException {
            sender.send(message, name);
        }

        @Override
        public boolean trySend(MemorySegment message) throws IOException {
            return sender.trySend(message, name);
        }

        @Override
        public boolean send(MemorySegment message, Duration timeout)
                throws IOException, InterruptedException {
            return sender.send(message, name, timeout);
        }

        @Override
        public int messageBytesMax() {
            return PairQueue.messageBytesMax(sender);
        }

        @Override
        public void close() {
            sender.close();
        }

        @Override
        public void dispose() {}
    }
}
