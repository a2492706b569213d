package parley.socket;

import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import parley.os.Fd;

/// Descriptors that a message takes along, kept open until it is sent.
final class EnteredDescriptors implements AutoCloseable {
    private final List<Fd> entered = new ArrayList<>();
    private final List<Integer> numbers = new ArrayList<>();

    private EnteredDescriptors() {}

    /// @throws IllegalArgumentException if they are too many for one message
    /// @throws ClosedChannelException if one is closed
    static EnteredDescriptors of(List<ControlMessage> messages) throws ClosedChannelException {
        var all = new EnteredDescriptors();
        boolean isEntered = false;
        try {
            for (var message : messages) {
                switch (message) {
                    case ControlMessage.Descriptors(List<Fd> fds) -> all.enter(fds);
                }
            }
            isEntered = true;
            return all;
        } finally {
            if (!isEntered) {
                all.close();
            }
        }
    }

    private void enter(List<Fd> fds) throws ClosedChannelException {
        if (numbers.size() + fds.size() > ControlMessage.DESCRIPTORS_MAX) {
            throw new IllegalArgumentException(
                    "a message carries at most %d descriptors, in all its control messages together"
                            .formatted(ControlMessage.DESCRIPTORS_MAX));
        }
        for (var fd : fds) {
            numbers.add(fd.enter());
            entered.add(fd);
        }
    }

    List<Integer> numbers() {
        return numbers;
    }

    @Override
    public void close() {
        entered.forEach(Fd::exit);
    }
}
