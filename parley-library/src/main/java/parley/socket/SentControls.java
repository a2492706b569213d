package parley.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import parley.kernel.SysSocket;
import parley.os.Credentials;
import parley.os.Fd;

/// Control messages that a message takes along; their descriptors are kept open until it is sent.
final class SentControls implements AutoCloseable {
    private final List<Fd> entered = new ArrayList<>();
    private final List<Integer> numbers = new ArrayList<>();
    private @Nullable Credentials credentials;

    private SentControls() {}

    /// @throws IllegalArgumentException if they are too many for one message, or not to be sent
    /// @throws ClosedChannelException if a descriptor is closed
    static SentControls of(List<ControlMessage> messages) throws ClosedChannelException {
        var all = new SentControls();
        boolean isEntered = false;
        try {
            for (var message : messages) {
                all.add(message);
            }
            isEntered = true;
            return all;
        } finally {
            if (!isEntered) {
                all.close();
            }
        }
    }

    private void add(ControlMessage message) throws ClosedChannelException {
        switch (message) {
            case ControlMessage.Descriptors(List<Fd> fds) -> enter(fds);
            case ControlMessage.SenderCredentials(Credentials claimed) -> credentials = claimed;
            case ControlMessage.SenderProcess _,
                    ControlMessage.SecurityLabel _,
                    ControlMessage.Timestamp _,
                    ControlMessage.Dropped _ ->
                    throw new IllegalArgumentException("only the kernel adds a " + message);
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

    /// Writes them as the kernel takes them.
    ///
    /// @return how many bytes
    long writeTo(MemorySegment control) {
        long at = 0;
        if (!numbers.isEmpty()) {
            var data =
                    header(
                            control,
                            at,
                            SysSocket.SCM_RIGHTS,
                            (long) Integer.BYTES * numbers.size());
            for (int i = 0; i < numbers.size(); i++) {
                data.setAtIndex(JAVA_INT, i, numbers.get(i));
            }
            at = MessageBuffer.aligned(SysSocket.CMSGHDR.byteSize() + data.byteSize());
        }
        if (credentials != null) {
            var ucred = header(control, at, SysSocket.SCM_CREDENTIALS, SysSocket.UCRED.byteSize());
            ucred.set(JAVA_INT, SysSocket.PID, credentials.pid());
            ucred.set(JAVA_INT, SysSocket.UID, (int) credentials.uid());
            ucred.set(JAVA_INT, SysSocket.GID, (int) credentials.gid());
            at += MessageBuffer.aligned(SysSocket.CMSGHDR.byteSize() + ucred.byteSize());
        }
        return at;
    }

    private static MemorySegment header(MemorySegment control, long at, int type, long bytes) {
        long header = SysSocket.CMSGHDR.byteSize();
        control.set(JAVA_LONG, at + SysSocket.CMSG_LEN, header + bytes);
        control.set(JAVA_INT, at + SysSocket.CMSG_LEVEL, SysSocket.SOL_SOCKET);
        control.set(JAVA_INT, at + SysSocket.CMSG_TYPE, type);
        return control.asSlice(at + header, bytes);
    }

    @Override
    public void close() {
        entered.forEach(Fd::exit);
    }
}
