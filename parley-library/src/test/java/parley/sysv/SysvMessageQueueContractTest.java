package parley.sysv;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import parley.contract.MessageQueueContract;
import parley.contract.WaitingContract;

final class SysvMessageQueueContractTest extends MessageQueueContract {
    private static final MessageSelector TYPE = MessageSelector.exactly(7);

    @AfterAll
    static void nothingIsLeft() throws IOException {
        Traces.assertNothingLeft();
    }

    @Override
    protected WaitingContract.Blocked blockedReceive() {
        return new WaitingContract.Blocked("msgrcv", 2);
    }

    @Override
    protected WaitingContract.Blocked blockedSend() {
        return new WaitingContract.Blocked("msgsnd", 2);
    }

    @Override
    protected Queue open() throws Exception {
        var key = Traces.newKey();
        var sender = SysvMessageQueue.create(key);
        var receiver = SysvMessageQueue.open(key);
        return new Queue() {
            @Override
            public void send(MemorySegment message) throws Exception {
                sender.send(7, message);
            }

            @Override
            public boolean trySend(MemorySegment message) throws Exception {
                return sender.trySend(7, message);
            }

            @Override
            public boolean send(MemorySegment message, Duration timeout) throws Exception {
                return sender.send(7, message, timeout);
            }

            @Override
            public int receive(MemorySegment into) throws Exception {
                return receiver.receive(into, TYPE);
            }

            @Override
            public int tryReceive(MemorySegment into) throws Exception {
                return receiver.tryReceive(into, TYPE);
            }

            @Override
            public int receive(MemorySegment into, Duration timeout) throws Exception {
                return receiver.receive(into, TYPE, timeout);
            }

            @Override
            public int messageBytesMax() {
                return sender.messageBytesMax();
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
            public void dispose() throws Exception {
                Traces.removeQueue(key);
            }
        };
    }
}
