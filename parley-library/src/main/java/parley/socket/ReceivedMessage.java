package parley.socket;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import parley.os.Credentials;
import parley.os.Fd;
import parley.process.PidFd;
import parley.ready.Outcome;

/// A message received with what came besides its bytes.
///
/// Descriptors that came with it, and the hold on its sender, are closed with it unless they were
/// taken.
public final class ReceivedMessage implements AutoCloseable {
    private final int length;
    private final UnixAddress sender;
    private final List<ControlMessage> controlMessages;
    private final List<ControlMessage> owned; // not taken yet

    ReceivedMessage(int length, UnixAddress sender, List<ControlMessage> controlMessages) {
        this.length = length;
        this.sender = sender;
        this.controlMessages = List.copyOf(controlMessages);
        this.owned = new ArrayList<>(controlMessages);
    }

    /// Its length in bytes; [Outcome#END] if the peer has closed and nothing came.
    public int length() {
        return length;
    }

    /// True if the peer has closed and nothing came.
    public boolean isEnd() {
        return length == Outcome.END;
    }

    /// The name of the socket it came from, [UnixAddress.Unnamed] if that has none.
    public UnixAddress sender() {
        return sender;
    }

    /// What came besides the bytes.
    public List<ControlMessage> controlMessages() {
        return controlMessages;
    }

    /// Who has sent it, with [SocketOption#PASS_CREDENTIALS].
    public Optional<Credentials> senderCredentials() {
        return find(ControlMessage.SenderCredentials.class)
                .map(ControlMessage.SenderCredentials::credentials)
                .findFirst();
    }

    /// When the kernel got it, with [SocketOption#TIMESTAMPS].
    public Optional<Instant> timestamp() {
        return find(ControlMessage.Timestamp.class)
                .map(ControlMessage.Timestamp::instant)
                .findFirst();
    }

    private <C extends ControlMessage> Stream<C> find(Class<C> type) {
        return controlMessages.stream().filter(type::isInstance).map(type::cast);
    }

    /// How many descriptors came, taken or not.
    public int descriptorCount() {
        return find(ControlMessage.Descriptors.class).mapToInt(each -> each.fds().size()).sum();
    }

    /// The descriptors that came; from now on the caller's, to be closed by the caller. The second
    /// time there are none.
    public List<Fd> takeDescriptors() {
        return take(ControlMessage.Descriptors.class)
                .flatMap(descriptors -> descriptors.fds().stream())
                .toList();
    }

    /// The process that has sent it, with [SocketOption#PASS_PROCESS]; from now on the caller's, to
    /// be closed by the caller. The second time there is none.
    public Optional<PidFd> takeSenderProcess() {
        return take(ControlMessage.SenderProcess.class)
                .map(ControlMessage.SenderProcess::process)
                .findFirst();
    }

    private <C extends ControlMessage> Stream<C> take(Class<C> type) {
        synchronized (owned) {
            var taken = owned.stream().filter(type::isInstance).map(type::cast).toList();
            owned.removeAll(taken);
            return taken.stream();
        }
    }

    /// Closes the descriptors that were not taken.
    @Override
    public void close() {
        synchronized (owned) {
            ReceivedControls.close(owned);
            owned.clear();
        }
    }

    @Override
    public String toString() {
        return "message of %d bytes from %s with %s".formatted(length, sender, controlMessages);
    }
}
