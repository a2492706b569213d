package parley.sysv;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import parley.contract.MessageQueueContract;
import parley.contract.WaitingContract;
import parley.ready.MessageSink;
import parley.ready.MessageSource;

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
            public MessageSink sink() {
                return sender.sink(7);
            }

            @Override
            public MessageSource source() {
                return receiver.source(TYPE);
            }

            @Override
            public int messageBytesMax() {
                return sender.messageBytesMax();
            }

            @Override
            public void dispose() throws Exception {
                Traces.removeQueue(key);
            }
        };
    }
}
