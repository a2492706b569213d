package parley.socket;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import parley.os.Fd;
import parley.ready.Outcome;

/// A message received with what came besides its bytes.
///
/// Descriptors that came with it are closed with it, unless they were taken.
public final class ReceivedMessage implements AutoCloseable {
    private final int length;
    private final UnixAddress sender;
    private final List<ControlMessage> controlMessages;
    private final AtomicBoolean isTaken = new AtomicBoolean();

    ReceivedMessage(int length, UnixAddress sender, List<ControlMessage> controlMessages) {
        this.length = length;
        this.sender = sender;
        this.controlMessages = List.copyOf(controlMessages);
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

    /// The descriptors that came; from now on the caller's, to be closed by the caller. The second
    /// time there are none.
    public List<Fd> takeDescriptors() {
        return isTaken.compareAndSet(false, true) ? descriptors() : List.of();
    }

    private List<Fd> descriptors() {
        return controlMessages.stream()
                .flatMap(message ->
                        switch (message) {
                            case ControlMessage.Descriptors(List<Fd> fds) -> fds.stream();
                        })
                .toList();
    }

    /// Closes the descriptors that were not taken.
    @Override
    public void close() {
        takeDescriptors().forEach(Fd::close);
    }

    @Override
    public String toString() {
        return "message of %d bytes from %s with %s".formatted(length, sender, controlMessages);
    }
}
