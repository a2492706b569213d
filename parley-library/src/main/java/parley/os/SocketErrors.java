package parley.os;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static parley.os.ErrorCatalogue.Kind.EXISTS;
import static parley.os.ErrorCatalogue.Kind.LIMIT;
import static parley.os.ErrorCatalogue.Kind.NOT_PERMITTED;
import static parley.os.ErrorCatalogue.Kind.OTHER;
import static parley.os.ErrorCatalogue.Kind.PEER_GONE;
import static parley.os.ErrorRow.any;
import static parley.os.ErrorRow.row;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// Rows of the catalogue for sockets.
final class SocketErrors {
    private static final int ACCEPTS_CONNECTIONS = 0x10000; // __SO_ACCEPTCON, in /proc/net/unix

    static final List<ErrorRow> ROWS =
            List.of(
                    row(
                            "connect send sendto sendmsg",
                            Errno.ECONNREFUSED,
                            OTHER,
                            SocketErrors::refused),
                    row("connect", Errno.EAGAIN, LIMIT, SocketErrors::backlogFull),
                    row(
                            "connect send sendto sendmsg",
                            Errno.EPROTOTYPE,
                            OTHER,
                            "the socket there is of another type (stream, datagram or seqpacket)"),
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
                            "more than 253 descriptors in a message, or control messages that are"
                                    + " not whole"),
                    row(
                            "sendmsg",
                            Errno.EPERM,
                            NOT_PERMITTED,
                            "a process sends its own pid, uid and gid; others need CAP_SYS_ADMIN,"
                                    + " CAP_SETUID or CAP_SETGID"),
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
        return holder(subject)
                .map(SocketErrors::whyHolderRefuses)
                .orElse(
                        "the socket file is there, but the process that made it is gone. Start the"
                                + " server again, or: rm "
                                + path.get());
    }

    private static String whyHolderRefuses(Holder holder) {
        return holder.listens()
                ? "a server has it open, but its queue of waiting connections is full: "
                        + Limit.SOMAXCONN.words()
                : "a process has it open, but does not listen (yet)";
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
        return holder(subject).isPresent()
                ? "another process has a socket of this name open. Try: ss -xlp"
                : "a socket file is left over from a process that is gone. Try: rm " + path.get();
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

    /// A socket bound to a name.
    ///
    /// @param listens true if connections can be made to it
    record Holder(boolean listens) {}

    /// Who has a pathname bound, in this network namespace; that a file is there tells nothing.
    private static Optional<Holder> holder(Subject subject) throws IOException {
        return holder(ProcFile.lines("/proc/net/unix"), subject.rest());
    }

    /// The columns are `Num RefCount Protocol Flags Type St Inode Path`.
    static Optional<Holder> holder(List<String> lines, String path) {
        var name = new String(path.getBytes(UTF_8), ISO_8859_1);
        for (var line : lines) {
            var fields = line.strip().split("\\s+", 8);
            if (fields.length == 8 && fields[7].equals(name)) {
                int flags = Integer.parseUnsignedInt(fields[3], 16);
                return Optional.of(new Holder((flags & ACCEPTS_CONNECTIONS) != 0));
            }
        }
        return Optional.empty();
    }
}
