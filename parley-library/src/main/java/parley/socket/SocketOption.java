package parley.socket;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import parley.kernel.NetinetIn;
import parley.kernel.SysSocket;
import parley.os.Fd;

/// A setting of a socket: [Socket#get], [Socket#set]. See socket(7), unix(7), tcp(7).
///
/// Which socket has which is the kernel's to say: `ENOPROTOOPT`, `EOPNOTSUPP` for one that it does
/// not have, and for one that is newer than the kernel. Kept by the socket, whoever holds it.
///
/// @param <T> of its value
public final class SocketOption<T> {
    // Of every socket.

    /// `SO_SNDBUF`, bytes: what may be on its way from here. The kernel doubles what is set, for
    /// its own book-keeping, and cuts it at `net.core.wmem_max`: [Socket#get] tells. On a Unix
    /// socket it also bounds a message.
    public static final SocketOption<Integer> SEND_BUFFER_BYTES =
            ofSocket("SO_SNDBUF", SysSocket.SO_SNDBUF, OptionForm.NUMBER);

    /// `SO_SNDBUFFORCE`: the same beyond the limit, with CAP_NET_ADMIN. It can only be set.
    public static final SocketOption<Integer> SEND_BUFFER_BYTES_FORCED =
            ofSocket("SO_SNDBUFFORCE", SysSocket.SO_SNDBUFFORCE, OptionForm.NUMBER);

    /// `SO_RCVBUF`, bytes; doubled, and cut at `net.core.rmem_max`. Without effect on a Unix
    /// stream, which is bounded by the sender's buffer.
    public static final SocketOption<Integer> RECEIVE_BUFFER_BYTES =
            ofSocket("SO_RCVBUF", SysSocket.SO_RCVBUF, OptionForm.NUMBER);

    /// `SO_RCVBUFFORCE`: the same beyond the limit, with CAP_NET_ADMIN. It can only be set.
    public static final SocketOption<Integer> RECEIVE_BUFFER_BYTES_FORCED =
            ofSocket("SO_RCVBUFFORCE", SysSocket.SO_RCVBUFFORCE, OptionForm.NUMBER);

    /// `SO_RCVTIMEO`: for programs in other languages that get the socket; zero is none. Here
    /// waiting ends by the Duration of each call, whatever this is.
    public static final SocketOption<Duration> RECEIVE_TIMEOUT =
            ofSocket("SO_RCVTIMEO", SysSocket.SO_RCVTIMEO, OptionForm.TIME);

    /// `SO_SNDTIMEO`, as [#RECEIVE_TIMEOUT].
    public static final SocketOption<Duration> SEND_TIMEOUT =
            ofSocket("SO_SNDTIMEO", SysSocket.SO_SNDTIMEO, OptionForm.TIME);

    /// `SO_RCVLOWAT`, bytes: how many have to be there for a stream to be ready.
    public static final SocketOption<Integer> RECEIVE_LOW_WATER_MARK =
            ofSocket("SO_RCVLOWAT", SysSocket.SO_RCVLOWAT, OptionForm.NUMBER);

    /// `SO_PEEK_OFF`, bytes: where the next peek begins, moved on by each; -1, as it is at first,
    /// is always the beginning. Unix sockets, UDP and TCP.
    public static final SocketOption<Integer> PEEK_OFFSET =
            ofSocket("SO_PEEK_OFF", SysSocket.SO_PEEK_OFF, OptionForm.NUMBER);

    /// `SO_TIMESTAMPNS`: messages come with a [ControlMessage.Timestamp]. Always on for seqpacket.
    public static final SocketOption<Boolean> TIMESTAMPS =
            ofSocket("SO_TIMESTAMPNS", SysSocket.SO_TIMESTAMPNS, OptionForm.FLAG);

    /// `SO_RXQ_OVFL`: messages come with a [ControlMessage.Dropped] when some were dropped for want
    /// of room. UDP.
    public static final SocketOption<Boolean> DROPPED_MESSAGES =
            ofSocket("SO_RXQ_OVFL", SysSocket.SO_RXQ_OVFL, OptionForm.FLAG);

    /// `SO_ACCEPTCONN`: whether it listens. It can only be asked.
    public static final SocketOption<Boolean> IS_LISTENING =
            ofSocket("SO_ACCEPTCONN", SysSocket.SO_ACCEPTCONN, OptionForm.FLAG);

    /// `SO_DOMAIN`: the `AF_` number of its family. It can only be asked.
    public static final SocketOption<Integer> FAMILY =
            ofSocket("SO_DOMAIN", SysSocket.SO_DOMAIN, OptionForm.NUMBER);

    /// `SO_TYPE`: the `SOCK_` number of its type. It can only be asked.
    public static final SocketOption<Integer> TYPE =
            ofSocket("SO_TYPE", SysSocket.SO_TYPE, OptionForm.NUMBER);

    /// `SO_PROTOCOL`: the `IPPROTO_` number. It can only be asked.
    public static final SocketOption<Integer> PROTOCOL =
            ofSocket("SO_PROTOCOL", SysSocket.SO_PROTOCOL, OptionForm.NUMBER);

    /// `SO_ERROR`: the errno that waits to be told, 0 for none; asking takes it. It can only be
    /// asked.
    public static final SocketOption<Integer> PENDING_ERROR =
            ofSocket("SO_ERROR", SysSocket.SO_ERROR, OptionForm.NUMBER);

    /// `SO_COOKIE`: a number that no other socket of this host has until it is started again. It
    /// can only be asked.
    public static final SocketOption<Long> COOKIE =
            ofSocket("SO_COOKIE", SysSocket.SO_COOKIE, OptionForm.LONG_NUMBER);

    // Of Unix sockets.

    /// `SO_PASSCRED`: messages come with [ControlMessage.SenderCredentials].
    public static final SocketOption<Boolean> PASS_CREDENTIALS =
            ofSocket("SO_PASSCRED", SysSocket.SO_PASSCRED, OptionForm.FLAG);

    /// `SO_PASSPIDFD`: messages come with a [ControlMessage.SenderProcess]. Since Linux 6.5.
    public static final SocketOption<Boolean> PASS_PROCESS =
            ofSocket("SO_PASSPIDFD", SysSocket.SO_PASSPIDFD, OptionForm.FLAG);

    /// `SO_PASSSEC`: messages come with a [ControlMessage.SecurityLabel], where there are such.
    public static final SocketOption<Boolean> PASS_SECURITY_LABEL =
            ofSocket("SO_PASSSEC", SysSocket.SO_PASSSEC, OptionForm.FLAG);

    /// `SO_PASSRIGHTS`: whether descriptors may be sent to this socket; true at first. False ends
    /// the sender's call with `EPERM`. Since Linux 6.16.
    public static final SocketOption<Boolean> PASS_DESCRIPTORS =
            ofSocket("SO_PASSRIGHTS", SysSocket.SO_PASSRIGHTS, OptionForm.FLAG);

    // Of TCP and UDP.

    /// `SO_REUSEADDR`: a port may be bound again while old connections of it linger.
    public static final SocketOption<Boolean> REUSE_ADDRESS =
            ofSocket("SO_REUSEADDR", SysSocket.SO_REUSEADDR, OptionForm.FLAG);

    /// `SO_REUSEPORT`: several sockets of one user share a port, and the kernel deals out what
    /// comes.
    public static final SocketOption<Boolean> REUSE_PORT =
            ofSocket("SO_REUSEPORT", SysSocket.SO_REUSEPORT, OptionForm.FLAG);

    /// `SO_BROADCAST`: UDP may be sent to broadcast addresses.
    public static final SocketOption<Boolean> BROADCAST =
            ofSocket("SO_BROADCAST", SysSocket.SO_BROADCAST, OptionForm.FLAG);

    /// `SO_KEEPALIVE`: a silent peer is asked whether it is still there.
    public static final SocketOption<Boolean> KEEP_ALIVE =
            ofSocket("SO_KEEPALIVE", SysSocket.SO_KEEPALIVE, OptionForm.FLAG);

    /// `TCP_KEEPIDLE`, seconds: after what silence.
    public static final SocketOption<Duration> KEEP_ALIVE_IDLE =
            ofTcp("TCP_KEEPIDLE", NetinetIn.TCP_KEEPIDLE, OptionForm.SECONDS);

    /// `TCP_KEEPINTVL`, seconds: how long between the questions.
    public static final SocketOption<Duration> KEEP_ALIVE_INTERVAL =
            ofTcp("TCP_KEEPINTVL", NetinetIn.TCP_KEEPINTVL, OptionForm.SECONDS);

    /// `TCP_KEEPCNT`: after how many without an answer the connection is given up.
    public static final SocketOption<Integer> KEEP_ALIVE_COUNT =
            ofTcp("TCP_KEEPCNT", NetinetIn.TCP_KEEPCNT, OptionForm.NUMBER);

    /// `SO_LINGER`, seconds: closing waits so long for the peer to have all; zero resets the
    /// connection, and negative, as it is at first, waits for nothing.
    public static final SocketOption<Duration> LINGER =
            ofSocket("SO_LINGER", SysSocket.SO_LINGER, OptionForm.LINGERING);

    /// `SO_OOBINLINE`: urgent data stays among the rest. Unix streams and TCP.
    public static final SocketOption<Boolean> URGENT_INLINE =
            ofSocket("SO_OOBINLINE", SysSocket.SO_OOBINLINE, OptionForm.FLAG);

    /// `TCP_NODELAY`: small pieces go at once. On for every [TcpSocket].
    public static final SocketOption<Boolean> NO_DELAY =
            ofTcp("TCP_NODELAY", NetinetIn.TCP_NODELAY, OptionForm.FLAG);

    /// `TCP_QUICKACK`: acknowledged at once; the kernel may turn it off again.
    public static final SocketOption<Boolean> QUICK_ACKNOWLEDGEMENT =
            ofTcp("TCP_QUICKACK", NetinetIn.TCP_QUICKACK, OptionForm.FLAG);

    /// `TCP_USER_TIMEOUT`, milliseconds: how long sent data may stay unacknowledged before the
    /// connection is given up; zero is the kernel's own choice.
    public static final SocketOption<Duration> USER_TIMEOUT =
            ofTcp("TCP_USER_TIMEOUT", NetinetIn.TCP_USER_TIMEOUT, OptionForm.MILLISECONDS);

    private final String name;
    private final int level;
    private final int number;
    private final OptionForm<T> form;

    private SocketOption(String name, int level, int number, OptionForm<T> form) {
        this.name = name;
        this.level = level;
        this.number = number;
        this.form = form;
    }

    private static <T> SocketOption<T> ofSocket(String name, int number, OptionForm<T> form) {
        return new SocketOption<>(name, SysSocket.SOL_SOCKET, number, form);
    }

    private static <T> SocketOption<T> ofTcp(String name, int number, OptionForm<T> form) {
        return new SocketOption<>(name, NetinetIn.IPPROTO_TCP, number, form);
    }

    /// What a socket has.
    T get(Fd fd, String object) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var value = arena.allocate(form.bytes(), Long.BYTES);
            long length = Sockets.option(fd, object, level, number, value);
            return form.reader().read(value.asSlice(0, length));
        }
    }

    void set(Fd fd, String object, T value) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var memory = arena.allocate(form.bytes(), Long.BYTES);
            form.writer().write(memory, value);
            Sockets.setOption(fd, object, level, number, memory);
        }
    }

    /// Its name in C: `SO_SNDBUF`.
    @Override
    public String toString() {
        return name;
    }
}
