package parley.socket;

import java.io.IOException;
import java.util.Optional;
import parley.contract.MessageQueueContract;
import parley.kernel.SysSocket;
import parley.os.Fd;
import parley.ready.MessageSink;
import parley.ready.MessageSource;

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
    public MessageSink sink() {
        return sender;
    }

    @Override
    public MessageSource source() {
        return receiver;
    }

    @Override
    public int messageBytesMax() {
        return messageBytesMax(sender);
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
