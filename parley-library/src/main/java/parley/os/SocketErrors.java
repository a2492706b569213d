package parley.os;

import static parley.os.ErrorCatalogue.Kind.EXISTS;
import static parley.os.ErrorCatalogue.Kind.LIMIT;
import static parley.os.ErrorCatalogue.Kind.NOT_PERMITTED;
import static parley.os.ErrorCatalogue.Kind.OTHER;
import static parley.os.ErrorCatalogue.Kind.PEER_GONE;
import static parley.os.ErrorRow.any;
import static parley.os.ErrorRow.row;

import java.io.IOException;
import java.util.List;

/// Rows of the catalogue for sockets.
final class SocketErrors {
    static final List<ErrorRow> ROWS =
            List.of(
                    row("connect sendto sendmsg", Errno.ECONNREFUSED, OTHER, SocketErrors::refused),
                    row(
                            "send",
                            Errno.ECONNREFUSED,
                            PEER_GONE,
                            "nobody has the socket at the other end open any more"),
                    row("connect", Errno.EAGAIN, LIMIT, SocketErrors::backlogFull),
                    row(
                            "connect send sendto sendmsg",
                            Errno.EPROTOTYPE,
                            OTHER,
                            "the socket there is of another type (stream, datagram or seqpacket)"),
                    row(
                            "getsockopt",
                            Errno.EPROTOTYPE,
                            OTHER,
                            "the descriptor is a socket of another kind: its family, type or"
                                    + " protocol, or whether it listens. Try: ss -ap"),
                    row(
                            "sd_notify",
                            Errno.EAFNOSUPPORT,
                            OTHER,
                            "NOTIFY_SOCKET has to be a Unix socket, /path or @name: no other is"
                                    + " notified from here"),
                    row("bind listen", Errno.EADDRINUSE, EXISTS, SocketErrors::taken),
                    row(
                            "connect",
                            Errno.EADDRNOTAVAIL,
                            LIMIT,
                            "no free port is left for this connection, or it is not an address of"
                                    + " this host. Try: sysctl net.ipv4.ip_local_port_range"),
                    row(
                            "bind",
                            Errno.EADDRNOTAVAIL,
                            OTHER,
                            "no interface of this host has this address. Try: ip address"),
                    row("bind", Errno.EACCES, NOT_PERMITTED, SocketErrors::mayNotBind),
                    row(
                            "bind connect",
                            Errno.EINVAL,
                            OTHER,
                            "bound already, or an address of the wrong length"),
                    row(
                            "connect send sendto sendmsg",
                            Errno.ETIMEDOUT,
                            OTHER,
                            "the host does not answer"),
                    row("send sendto sendmsg", Errno.EMSGSIZE, LIMIT, SocketErrors::tooLong),
                    row("send sendto sendmsg write", Errno.ECONNRESET, PEER_GONE, _ -> reset()),
                    row("sendmsg", Errno.ETOOMANYREFS, LIMIT, _ -> inFlight()),
                    row(
                            "sendmsg",
                            Errno.EINVAL,
                            OTHER,
                            "an address that cannot be sent to, such as port 0; more than 253"
                                    + " descriptors, or control messages that are not whole or"
                                    + " name nobody"),
                    row(
                            "sendmsg",
                            Errno.EPERM,
                            NOT_PERMITTED,
                            "the receiver takes no descriptors (SO_PASSRIGHTS) or has another"
                                    + " peer; or credentials of others were sent, which need"
                                    + " CAP_SYS_ADMIN, CAP_SETUID or CAP_SETGID"),
                    row(
                            "send sendto sendmsg recv recvfrom recvmsg",
                            Errno.EAGAIN,
                            OTHER,
                            "nothing to receive, or no room to send, without waiting"),
                    row(
                            "send sendto sendmsg",
                            Errno.ENOBUFS,
                            LIMIT,
                            _ ->
                                    "no buffer space: "
                                            + Limit.WMEM_MAX.words()
                                            + ". "
                                            + Limit.WMEM_MAX.advice()),
                    any(Errno.ECONNRESET, PEER_GONE, _ -> reset()),
                    any(Errno.ETOOMANYREFS, LIMIT, _ -> inFlight()));

    private SocketErrors() {}

    private static String reset() {
        return "the peer died, or closed while bytes for it were unread";
    }

    private static String inFlight() {
        return "more descriptors are sent and not yet received than "
                + Limit.RLIMIT_NOFILE.words()
                + " allows: the receivers do not take them";
    }

    private static String refused(Subject subject) throws IOException {
        if (subject.isInternet()) {
            return "nobody listens there. Start the server first. Try: ss -ln"
                    + subject.scheme().charAt(0)
                    + " 'sport = :"
                    + port(subject)
                    + "'";
        }
        if (subject.isAbstract()) {
            return "nobody listens under this abstract name in this network namespace. Try: ss -xl";
        }
        var path = subject.path();
        if (path.isEmpty()) {
            return Errno.ECONNREFUSED.meaning();
        }
        var status = FileStatus.ofTarget(path.get());
        if (status.isEmpty()) {
            return "nobody listens there; its socket file has just gone";
        }
        if (status.get().kind() != FileStatus.Kind.SOCKET) {
            return path.get() + " is " + status.get().kind().words() + ", not a socket";
        }
        return switch (SocketFile.owner(path.get())) {
            case GONE ->
                    "the socket file is there, but the process that made it is gone. Start the"
                            + " server again, or: rm "
                            + path.get();
            case LIVE -> "a process has it open, but does not listen (yet)";
            case UNKNOWN -> "nobody listens there. Start the server first";
        };
    }

    private static String backlogFull(Subject subject) {
        if (!subject.isUnix()) {
            return "no free port is left for this connection, or it would have to wait";
        }
        return "the server's queue of waiting connections is full: it accepts too slowly, or asked"
                + " listen for too short a queue, at most %s. %s"
                        .formatted(Limit.SOMAXCONN.words(), Limit.SOMAXCONN.advice());
    }

    private static String taken(Subject subject) throws IOException {
        if (subject.isInternet()) {
            return "another socket has this port. Try: ss -anp%s 'sport = :%s'"
                    .formatted(subject.scheme().charAt(0), port(subject));
        }
        if (subject.isAbstract()) {
            return "another socket has this abstract name. Try: ss -xlp";
        }
        var path = subject.path();
        if (path.isEmpty()) {
            return Errno.EADDRINUSE.meaning();
        }
        var status = FileStatus.of(path.get());
        if (status.isPresent() && status.get().kind() != FileStatus.Kind.SOCKET) {
            return path.get() + " is there already, and is " + status.get().kind().words();
        }
        return switch (SocketFile.owner(path.get())) {
            case GONE ->
                    "a socket file is left over from a process that is gone. Try: rm " + path.get();
            case LIVE -> "another process has a socket of this name open. Try: ss -xlp";
            case UNKNOWN -> "a socket file is there, perhaps another process's. Try: ss -xlp";
        };
    }

    private static String mayNotBind(Subject subject) throws IOException {
        if (subject.isInternet()) {
            return "ports below %s need CAP_NET_BIND_SERVICE. Try a higher port"
                    .formatted(ProcFile.line("/proc/sys/net/ipv4/ip_unprivileged_port_start"));
        }
        return Ownership.explain(subject).orElse(Errno.EACCES.meaning());
    }

    private static String tooLong(Subject subject) {
        if (subject.scheme().equals("udp")) {
            return "a UDP datagram has at most 65507 bytes over IPv4";
        }
        return "longer than the send buffer allows: %s unless SO_SNDBUF asks for more, up to %s"
                .formatted(Limit.WMEM_DEFAULT.words(), Limit.WMEM_MAX.words());
    }

    private static String port(Subject subject) {
        return subject.rest().substring(subject.rest().lastIndexOf(':') + 1);
    }
}
