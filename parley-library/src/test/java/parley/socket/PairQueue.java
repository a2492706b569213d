package parley.socket;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import parley.contract.MessageQueueContract;
import parley.kernel.SysSocket;
import parley.os.Fd;

/// Two connected sockets as a queue, from the first to the second.
final class PairQueue implements MessageQueueContract.Queue {
    private static final int KERNELS_OWN_BYTES = 32; // of the send buffer, see unix_dgram_sendmsg

    private final MessageSocket sender;
    private final MessageSocket receiver;

    PairQueue(SocketPair<? extends MessageSocket> pair) {
        this.sender = pair.first();
        this.receiver = pair.second();
    }

    static int messageBytesMax(MessageSocket sender) {
        try {
            int buffer = Sockets.option(sender.fd(), "", SysSocket.SOL_SOCKET, SysSocket.SO_SNDBUF);
            return buffer - KERNELS_OWN_BYTES;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

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
        return messageBytesMax(sender);
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
    public Optional<Fd> sendersEnd() {
        return Optional.of(sender.fd());
    }

    @Override
    public Optional<Fd> receiversEnd() {
        return Optional.of(receiver.fd());
    }

    @Override
    public boolean tellsWhenSenderIsGone() {
        return receiver instanceof UnixSeqpacketSocket; // datagrams have no end
    }

    @Override
    public void dispose() {}
}
