package parley.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import parley.kernel.SysSocket;
import parley.os.Fd;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.process.PidFd;

/// Control messages as the kernel writes them. Every descriptor among them is owned at once, and
/// closed if the rest fails.
final class ReceivedControls {
    private static final long HEADER = SysSocket.CMSGHDR.byteSize();

    private ReceivedControls() {}

    /// @param control exactly what was written
    static List<ControlMessage> read(MemorySegment control, String object) throws IOException {
        if (control.byteSize() == 0) {
            return List.of();
        }
        var all = new ArrayList<ControlMessage>();
        boolean isRead = false;
        try {
            for (long at = 0; at + HEADER <= control.byteSize(); ) {
                long length = control.get(JAVA_LONG, at + SysSocket.CMSG_LEN);
                if (length < HEADER || length > control.byteSize() - at) {
                    break; // it was cut
                }
                if (control.get(JAVA_INT, at + SysSocket.CMSG_LEVEL) == SysSocket.SOL_SOCKET) {
                    int type = control.get(JAVA_INT, at + SysSocket.CMSG_TYPE);
                    var data = control.asSlice(at + HEADER, length - HEADER);
                    message(type, data, object).ifPresent(all::add);
                }
                at += MessageBuffer.aligned(length);
            }
            isRead = true;
            return all;
        } finally {
            if (!isRead) {
                close(all);
            }
        }
    }

    private static Optional<ControlMessage> message(int type, MemorySegment data, String object)
            throws IOException {
        return switch (type) {
            case SysSocket.SCM_RIGHTS -> Optional.of(descriptors(data, object));
            case SysSocket.SCM_CREDENTIALS ->
                    Optional.of(new ControlMessage.SenderCredentials(Peer.credentials(data)));
            case SysSocket.SCM_PIDFD -> process(data.get(JAVA_INT, 0), object);
            case SysSocket.SCM_SECURITY ->
                    Optional.of(new ControlMessage.SecurityLabel(Peer.text(data)));
            case SysSocket.SCM_TIMESTAMPNS -> {
                long nanos = data.get(JAVA_LONG, Long.BYTES);
                var instant = Instant.ofEpochSecond(data.get(JAVA_LONG, 0), nanos);
                yield Optional.of(new ControlMessage.Timestamp(instant));
            }
            case SysSocket.SO_RXQ_OVFL -> {
                long dropped = Integer.toUnsignedLong(data.get(JAVA_INT, 0));
                yield Optional.of(new ControlMessage.Dropped(dropped));
            }
            default -> Optional.empty(); // an option that somebody else has set
        };
    }

    private static ControlMessage descriptors(MemorySegment data, String object)
            throws OsException {
        var fds = new ArrayList<Fd>();
        for (long i = 0; i < data.byteSize() / Integer.BYTES; i++) {
            fds.add(Fd.of("recvmsg", object, data.getAtIndex(JAVA_INT, i)));
        }
        return new ControlMessage.Descriptors(fds);
    }

    /// The kernel has an error for a number where the sender is gone, or no descriptor is left.
    private static Optional<ControlMessage> process(int number, String object) throws IOException {
        if (number < 0) {
            return Optional.empty();
        }
        try {
            var process = PidFd.of(Fd.of("recvmsg", object, number));
            return Optional.of(new ControlMessage.SenderProcess(process));
        } catch (NotFoundException _) {
            return Optional.empty();
        }
    }

    /// Closes the descriptors among them.
    static void close(List<ControlMessage> messages) {
        for (var message : messages) {
            switch (message) {
                case ControlMessage.Descriptors(List<Fd> fds) -> fds.forEach(Fd::close);
                case ControlMessage.SenderProcess(PidFd process) -> process.close();
                default -> {}
            }
        }
    }
}
