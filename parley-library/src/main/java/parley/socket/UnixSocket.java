package parley.socket;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import parley.kernel.SysSocket;
import parley.memory.MemoryFile;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.process.PidFd;

/// A Unix socket of any type: its names, and who is at the other end, by the word of the kernel.
///
/// **What root can forge.** The kernel vouches for the peer to everybody but to a program that runs
/// as root, or has CAP_SYS_ADMIN, CAP_SETUID or CAP_SETGID in the same user namespace: such a peer
/// can claim any pid, uid and gid in [ControlMessage.SenderCredentials]. A descriptor can be handed
/// on: the peer is who connected, and not who reads now.
public sealed interface UnixSocket extends Socket
        permits UnixStreamSocket, UnixSeqpacketSocket, UnixDatagramSocket {
    /// Who the peer was when it connected, listened, or made the pair, whatever became of that
    /// process since. (`SO_PEERCRED`, `SO_PEERGROUPS`, `SO_PEERSEC`)
    ///
    /// @throws parley.os.OsException `ENOTCONN` if there is none: of datagram sockets only the two
    ///   of a pair have one
    default Peer peer() throws IOException {
        return Peer.of(fd(), address());
    }

    /// Holds on to the process that [#peer] tells of, with no race about its number.
    /// (`SO_PEERPIDFD`, since Linux 6.5)
    ///
    /// @throws parley.os.NotFoundException if it has ended and nobody waits for it any more
    /// @throws parley.os.OsException `ENOPROTOOPT` before Linux 6.5, `ENODATA` without peer
    default PidFd peerProcess() throws IOException {
        int level = SysSocket.SOL_SOCKET;
        int number = Sockets.option(fd(), address(), level, SysSocket.SO_PEERPIDFD);
        return PidFd.of(Fd.of("getsockopt", address(), number));
    }

    /// Its own name; that of the listener for an accepted one, as the listener was bound.
    default UnixAddress localAddress() throws IOException {
        return Sockets.localUnixAddress(fd(), address());
    }

    /// The peer's name, as it was bound: a listener that took over a stale file was bound under
    /// another.
    ///
    /// @throws parley.os.OsException `ENOTCONN` if there is no peer
    default UnixAddress peerAddress() throws IOException {
        return Sockets.peerUnixAddress(fd(), address());
    }

    /// Sends bytes, on a stream one at least, with control messages, waiting until there is room.
    void send(MemorySegment from, List<ControlMessage> controls)
            throws IOException, InterruptedException;

    /// Receives bytes with the control messages sent along, waiting until there are some.
    ReceivedMessage receiveMessage(MemorySegment into) throws IOException, InterruptedException;

    /// Hands a memory file over to the peer, with one byte, 0, which says nothing.
    ///
    /// @param memory stays open here; sealed at least against shrinking, or the peer will refuse it
    default void sendMemory(MemoryFile memory) throws IOException, InterruptedException {
        try (var arena = Arena.ofConfined()) {
            send(arena.allocate(1), List.of(ControlMessage.Descriptors.of(memory.fd())));
        }
    }

    /// Receives a memory file that came with one byte, of any value, waiting for it. The peer may
    /// be hostile: what is not sealed against shrinking is refused ([MemoryFile#of]); it can be
    /// copied, with [#receiveMessage] and [MemoryFile#copyOf].
    ///
    /// @throws OsException `EPERM` if it is not so sealed, `EINVAL` if it is no memory file,
    ///   `EBADMSG` if not exactly one descriptor came; all are closed then
    /// @throws EOFException if the peer has closed
    default MemoryFile receiveMemory() throws IOException, InterruptedException {
        try (var arena = Arena.ofConfined();
                var message = receiveMessage(arena.allocate(1))) {
            if (message.isEnd()) {
                throw new EOFException("the peer has closed: " + address());
            }
            if (message.descriptorCount() != 1) {
                throw OsException.of("recvmsg", address(), Errno.EBADMSG.number());
            }
            return MemoryFile.of(message.takeDescriptors().getFirst());
        }
    }
}
