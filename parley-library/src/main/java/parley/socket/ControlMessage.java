package parley.socket;

import java.util.List;
import parley.os.Fd;

/// What goes with a message on a Unix socket besides its bytes. See unix(7), Ancillary messages.
public sealed interface ControlMessage {
    /// The most descriptors that the kernel lets go with one message: `SCM_MAX_FD`.
    int DESCRIPTORS_MAX = 253;

    /// Open descriptors: the receiver gets its own ones for the same open files. (`SCM_RIGHTS`)
    ///
    /// @param fds sent: stay the sender's and stay open; received: the receiver's
    record Descriptors(List<Fd> fds) implements ControlMessage {
        public Descriptors {
            if (fds.size() > DESCRIPTORS_MAX) {
                throw new IllegalArgumentException(
                        "a message carries at most %d descriptors, not %d; send more messages"
                                .formatted(DESCRIPTORS_MAX, fds.size()));
            }
            fds = List.copyOf(fds);
        }

        /// These descriptors.
        public static Descriptors of(Fd... fds) {
            return new Descriptors(List.of(fds));
        }
    }
}
