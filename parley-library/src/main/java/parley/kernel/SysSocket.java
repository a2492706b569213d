package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<sys/socket.h>`. See socket(2), unix(7), cmsg(3).
@Header("sys/socket.h")
public final class SysSocket {
    public static final int AF_UNSPEC = 0;
    public static final int AF_UNIX = 1;
    public static final int AF_INET = 2;
    public static final int AF_INET6 = 10;
    public static final int AF_NETLINK = 16;
    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;
    public static final int SOCK_RAW = 3;
    public static final int SOCK_SEQPACKET = 5;
    public static final int SOCK_NONBLOCK = 04000;
    public static final int SOCK_CLOEXEC = 02000000;
    public static final int SOL_SOCKET = 1;
    public static final int SO_REUSEADDR = 2;
    public static final int SO_TYPE = 3;
    public static final int SO_ERROR = 4;
    public static final int SO_BROADCAST = 6;
    public static final int SO_SNDBUF = 7;
    public static final int SO_RCVBUF = 8;
    public static final int SO_KEEPALIVE = 9;
    public static final int SO_OOBINLINE = 10;
    public static final int SO_LINGER = 13;
    public static final int SO_REUSEPORT = 15;
    public static final int SO_PASSCRED = 16;
    public static final int SO_PEERCRED = 17;
    public static final int SO_RCVLOWAT = 18;
    public static final int SO_RCVTIMEO = 20;
    public static final int SO_SNDTIMEO = 21;
    public static final int SO_TIMESTAMPNS = 35;
    public static final int SO_ACCEPTCONN = 30;
    public static final int SO_PEERSEC = 31;
    public static final int SO_SNDBUFFORCE = 32;
    public static final int SO_RCVBUFFORCE = 33;
    public static final int SO_PASSSEC = 34;
    public static final int SO_PROTOCOL = 38;
    public static final int SO_DOMAIN = 39;
    public static final int SO_RXQ_OVFL = 40;
    public static final int SO_PEEK_OFF = 42;
    public static final int SO_COOKIE = 57;
    public static final int SO_PEERGROUPS = 59;
    public static final int SO_PASSPIDFD = 76;
    public static final int SO_PEERPIDFD = 77;
    public static final int SO_PASSRIGHTS = 83;
    public static final int MSG_OOB = 0x1;
    public static final int MSG_PEEK = 0x2;
    public static final int MSG_CTRUNC = 0x8;
    public static final int MSG_TRUNC = 0x20;
    public static final int MSG_DONTWAIT = 0x40;
    public static final int MSG_EOR = 0x80;
    public static final int MSG_NOSIGNAL = 0x4000;
    public static final int MSG_MORE = 0x8000;
    public static final int MSG_WAITFORONE = 0x10000;
    public static final int MSG_CMSG_CLOEXEC = 0x40000000;
    public static final int SCM_RIGHTS = 1;
    public static final int SCM_CREDENTIALS = 2;
    public static final int SCM_SECURITY = 3;
    public static final int SCM_PIDFD = 4;
    public static final int SCM_TIMESTAMPNS = SO_TIMESTAMPNS;
    public static final int SHUT_RD = 0;
    public static final int SHUT_WR = 1;
    public static final int SHUT_RDWR = 2;
    public static final int SOMAXCONN = 4096;

    /// `struct sockaddr_storage`: room for the address of any socket.
    public static final StructLayout SOCKADDR_STORAGE =
            structLayout(JAVA_SHORT.withName("ss_family"), paddingLayout(126))
                    .withByteAlignment(8)
                    .withName("sockaddr_storage");

    public static final StructLayout MSGHDR =
            structLayout(
                            JAVA_LONG.withName("msg_name"),
                            JAVA_INT.withName("msg_namelen"),
                            paddingLayout(4),
                            JAVA_LONG.withName("msg_iov"),
                            JAVA_LONG.withName("msg_iovlen"),
                            JAVA_LONG.withName("msg_control"),
                            JAVA_LONG.withName("msg_controllen"),
                            JAVA_INT.withName("msg_flags"),
                            paddingLayout(4))
                    .withName("msghdr");

    public static final long MSG_NAME = MSGHDR.byteOffset(groupElement("msg_name"));
    public static final long MSG_NAMELEN = MSGHDR.byteOffset(groupElement("msg_namelen"));
    public static final long MSG_IOV = MSGHDR.byteOffset(groupElement("msg_iov"));
    public static final long MSG_IOVLEN = MSGHDR.byteOffset(groupElement("msg_iovlen"));
    public static final long MSG_CONTROL = MSGHDR.byteOffset(groupElement("msg_control"));
    public static final long MSG_CONTROLLEN = MSGHDR.byteOffset(groupElement("msg_controllen"));
    public static final long MSG_FLAGS = MSGHDR.byteOffset(groupElement("msg_flags"));

    /// `struct cmsghdr`; its data follows, and the next header at a multiple of 8 bytes.
    public static final StructLayout CMSGHDR =
            structLayout(
                            JAVA_LONG.withName("cmsg_len"),
                            JAVA_INT.withName("cmsg_level"),
                            JAVA_INT.withName("cmsg_type"))
                    .withName("cmsghdr");

    public static final long CMSG_LEN = CMSGHDR.byteOffset(groupElement("cmsg_len"));
    public static final long CMSG_LEVEL = CMSGHDR.byteOffset(groupElement("cmsg_level"));
    public static final long CMSG_TYPE = CMSGHDR.byteOffset(groupElement("cmsg_type"));

    public static final StructLayout UCRED =
            structLayout(
                            JAVA_INT.withName("pid"),
                            JAVA_INT.withName("uid"),
                            JAVA_INT.withName("gid"))
                    .withName("ucred");

    public static final long PID = UCRED.byteOffset(groupElement("pid"));
    public static final long UID = UCRED.byteOffset(groupElement("uid"));
    public static final long GID = UCRED.byteOffset(groupElement("gid"));

    public static final StructLayout LINGER =
            structLayout(JAVA_INT.withName("l_onoff"), JAVA_INT.withName("l_linger"))
                    .withName("linger");

    /// One message of sendmmsg(2) or recvmmsg(2).
    public static final StructLayout MMSGHDR =
            structLayout(MSGHDR.withName("msg_hdr"), JAVA_INT.withName("msg_len"), paddingLayout(4))
                    .withName("mmsghdr");

    public static final long MSG_LEN = MMSGHDR.byteOffset(groupElement("msg_len"));

    private static final Function SOCKET = Function.of("socket");
    private static final Function SOCKETPAIR = Function.of("socketpair");
    private static final Function BIND = Function.of("bind");
    private static final Function LISTEN = Function.of("listen");
    private static final Function ACCEPT4 = Function.of("accept4");
    private static final Function CONNECT = Function.of("connect");
    private static final Function SHUTDOWN = Function.of("shutdown");
    private static final Function SEND = Function.of("send");
    private static final Function RECV = Function.of("recv");
    private static final Function SENDMSG = Function.of("sendmsg");
    private static final Function RECVMSG = Function.of("recvmsg");
    private static final Function SENDMMSG = Function.of("sendmmsg");
    private static final Function RECVMMSG = Function.of("recvmmsg");
    private static final Function GETSOCKNAME = Function.of("getsockname");
    private static final Function GETPEERNAME = Function.of("getpeername");
    private static final Function GETSOCKOPT = Function.of("getsockopt");
    private static final Function SETSOCKOPT = Function.of("setsockopt");

    private SysSocket() {}

    /// `int socket(int domain, int type, int protocol)`
    public static int socket(int domain, int type, int protocol) {
        return SOCKET.call(domain, type, protocol);
    }

    /// `int socketpair(int domain, int type, int protocol, int fds[2])`
    public static int socketpair(int domain, int type, int protocol, MemorySegment fds) {
        return SOCKETPAIR.call(domain, type, protocol, fds.address());
    }

    /// `int bind(int fd, const struct sockaddr *, socklen_t)`
    public static int bind(int fd, MemorySegment address) {
        return BIND.call(fd, address.address(), address.byteSize());
    }

    /// `int listen(int fd, int backlog)`
    public static int listen(int fd, int backlog) {
        return LISTEN.call(fd, backlog);
    }

    /// `int accept4(int fd, struct sockaddr *, socklen_t *, int flags)` without the address
    public static int accept4(int fd, int flags) {
        return ACCEPT4.call(fd, 0, 0, flags);
    }

    /// `int connect(int fd, const struct sockaddr *, socklen_t)`
    public static int connect(int fd, MemorySegment address) {
        return CONNECT.call(fd, address.address(), address.byteSize());
    }

    /// `int shutdown(int fd, int how)`
    public static int shutdown(int fd, int how) {
        return SHUTDOWN.call(fd, how);
    }

    /// `ssize_t send(int fd, const void *buffer, size_t, int flags)`
    public static long send(int fd, MemorySegment buffer, int flags) {
        return SEND.send(fd, buffer, buffer.byteSize(), flags, 0);
    }

    /// `ssize_t recv(int fd, void *buffer, size_t, int flags)`
    public static long recv(int fd, MemorySegment buffer, int flags) {
        return RECV.receive(fd, buffer, buffer.byteSize(), flags, 0);
    }

    /// `ssize_t sendmsg(int fd, const struct msghdr *, int flags)`; `buffer` is what its one iovec
    /// points to
    public static long sendmsg(int fd, MemorySegment message, int flags, MemorySegment buffer) {
        return SENDMSG.send(fd, message, flags, 0, 0, buffer);
    }

    /// `ssize_t recvmsg(int fd, struct msghdr *, int flags)`; `buffer` is what its one iovec points
    /// to
    public static long recvmsg(int fd, MemorySegment message, int flags, MemorySegment buffer) {
        return RECVMSG.receive(fd, message, flags, 0, 0, buffer);
    }

    /// `int sendmmsg(int fd, struct mmsghdr *, unsigned int count, int flags)`
    public static int sendmmsg(int fd, MemorySegment messages, int count, int flags) {
        return SENDMMSG.pass(fd, messages, count, flags, 0);
    }

    /// `int recvmmsg(int fd, struct mmsghdr *, unsigned int count, int flags, struct timespec *)`
    /// without the time, which is looked at only after a message
    public static int recvmmsg(int fd, MemorySegment messages, int count, int flags) {
        return RECVMMSG.pass(fd, messages, count, flags, 0);
    }

    /// `int getsockname(int fd, struct sockaddr *, socklen_t *)`
    public static int getsockname(int fd, MemorySegment address, MemorySegment length) {
        return GETSOCKNAME.call(fd, address.address(), length.address());
    }

    /// `int getpeername(int fd, struct sockaddr *, socklen_t *)`
    public static int getpeername(int fd, MemorySegment address, MemorySegment length) {
        return GETPEERNAME.call(fd, address.address(), length.address());
    }

    /// `int getsockopt(int fd, int level, int name, void *value, socklen_t *)`
    public static int getsockopt(
            int fd, int level, int name, MemorySegment value, MemorySegment length) {
        return GETSOCKOPT.call(fd, level, name, value.address(), length.address(), 0);
    }

    /// `int setsockopt(int fd, int level, int name, const void *value, socklen_t)`
    public static int setsockopt(int fd, int level, int name, MemorySegment value) {
        return SETSOCKOPT.call(fd, level, name, value.address(), value.byteSize(), 0);
    }
}
