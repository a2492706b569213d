package parley.socket;

import java.time.Instant;
import java.util.List;
import parley.os.Credentials;
import parley.os.Fd;
import parley.process.PidFd;

/// What goes with a message besides its bytes. See unix(7), Ancillary messages; cmsg(3).
///
/// [Descriptors] and [SenderCredentials] are sent with a message on a Unix socket. The others are
/// added by the kernel, for a receiver that has set the [SocketOption] which they name.
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

    /// Who has sent the message: [SocketOption#PASS_CREDENTIALS]. (`SCM_CREDENTIALS`)
    ///
    /// Nothing needs to be sent for it. A sender may name another of its own uids and gids
    /// (effective, real, saved); others only with CAP_SETUID and CAP_SETGID, another process only
    /// with CAP_SYS_ADMIN: else `EPERM`. So what comes is true, but from root.
    record SenderCredentials(Credentials credentials) implements ControlMessage {}

    /// The process that has sent the message: [SocketOption#PASS_PROCESS]. Missing if that has
    /// ended and nobody waits for it any more. (`SCM_PIDFD`)
    ///
    /// @param process the receiver's to close; closed with the message if it was not taken
    record SenderProcess(PidFd process) implements ControlMessage {}

    /// What a security module calls the sender: [SocketOption#PASS_SECURITY_LABEL].
    /// (`SCM_SECURITY`)
    record SecurityLabel(String label) implements ControlMessage {}

    /// When the kernel got the message, by the real-time clock: [SocketOption#TIMESTAMPS].
    /// (`SCM_TIMESTAMPNS`)
    record Timestamp(Instant instant) implements ControlMessage {}

    /// How many messages this socket has dropped for want of room, modulo 2^32, before this one:
    /// [SocketOption#DROPPED_MESSAGES]. (`SO_RXQ_OVFL`)
    record Dropped(long messages) implements ControlMessage {}
}
