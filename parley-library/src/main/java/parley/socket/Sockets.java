package parley.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.Optional;
import parley.kernel.Fcntl;
import parley.kernel.SysIoctl;
import parley.kernel.SysSocket;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.ready.Blocking;
import parley.ready.Deadline;
import parley.ready.Interest;
import parley.ready.Readiness;
import parley.ready.Readiness.Attempt;

/// What all sockets share: making them, connecting them, their names and options.
final class Sockets {
    /// Never wait, and no SIGPIPE when the peer is gone.
    static final int SEND_FLAGS = SysSocket.MSG_DONTWAIT | SysSocket.MSG_NOSIGNAL;

    /// Sends to the peer.
    static final Attempt SEND = sending(0);

    private static final int UNSPECIFIED_BYTES = 16; // struct sockaddr

    private Sockets() {}

    /// The same with more flags.
    static Attempt sending(int flags) {
        return Attempt.tryingFirst(
                (fd, from, _) -> SysSocket.send(fd, from, flags | SEND_FLAGS),
                (fd, from, _) -> SysSocket.send(fd, from, flags | SysSocket.MSG_NOSIGNAL));
    }

    /// What is still to be done with a new descriptor.
    @FunctionalInterface
    interface Steps<T, X extends Exception> {
        /// Does it.
        T take() throws IOException, X;
    }

    /// Takes steps with a new descriptor, which is closed if one fails.
    static <T, X extends Exception> T orClose(Fd fd, Steps<T, X> steps) throws IOException, X {
        boolean isTaken = false;
        try {
            var result = steps.take();
            isTaken = true;
            return result;
        } finally {
            if (!isTaken) {
                fd.close();
            }
        }
    }

    /// Makes a socket that is not inherited by child processes.
    ///
    /// @param type with SOCK_NONBLOCK where the descriptor shall stay so, or is about to connect
    static Fd open(int family, int type, String object) throws OsException {
        return Fd.of("socket", object, SysSocket.socket(family, type | SysSocket.SOCK_CLOEXEC, 0));
    }

    /// Makes two Unix sockets that are connected with each other.
    static Fd[] pair(int type, String object) throws OsException {
        try (var arena = Arena.ofConfined()) {
            var fds = arena.allocate(JAVA_INT, 2);
            int r = SysSocket.socketpair(SysSocket.AF_UNIX, type | SysSocket.SOCK_CLOEXEC, 0, fds);
            OsException.check("socketpair", object, r);
            return new Fd[] {
                Fd.of("socketpair", object, fds.getAtIndex(JAVA_INT, 0)),
                Fd.of("socketpair", object, fds.getAtIndex(JAVA_INT, 1))
            };
        }
    }

    /// Connects a new, non-blocking Unix socket, and makes it a blocking one. While the listener's
    /// queue of connections is full, nothing but the blocking call itself tells of room in it.
    ///
    /// @return false if the deadline came first
    private static boolean connect(Fd fd, String object, UnixAddress address, Deadline deadline)
            throws IOException, InterruptedException {
        int number = fd.enter();
        try (var shortened = ShortName.of(address);
                var arena = Arena.ofConfined()) {
            var name = UnixNames.encode(shortened.address(), arena);
            long r = SysSocket.connect(number, name);
            makeBlocking(number, object);
            if (Errno.EAGAIN.is(r)) {
                r = Blocking.call(fd.lifetime(), deadline, () -> SysSocket.connect(number, name));
                if (Errno.ETIMEDOUT.is(r)) {
                    return false;
                }
            }
            OsException.check("connect", object, r);
            return true;
        } finally {
            fd.exit();
        }
    }

    /// Makes a connected Unix socket.
    ///
    /// @return empty if the deadline came first
    static Optional<Fd> connected(int type, String object, UnixAddress address, Deadline deadline)
            throws IOException, InterruptedException {
        var fd = open(SysSocket.AF_UNIX, type | SysSocket.SOCK_NONBLOCK, object);
        return orClose(
                fd,
                () -> {
                    if (!connect(fd, object, address, deadline)) {
                        fd.close();
                        return Optional.empty();
                    }
                    return Optional.of(fd);
                });
    }

    /// Gives a Unix datagram socket its peer.
    static void connectAtOnce(Fd fd, String object, UnixAddress peer) throws IOException {
        try (var shortened = ShortName.of(peer);
                var arena = Arena.ofConfined()) {
            connectAtOnce(fd, object, UnixNames.encode(shortened.address(), arena));
        }
    }

    /// Gives a UDP socket of `family` its peer.
    static void connectAtOnce(Fd fd, String object, InetSocketAddress peer, int family)
            throws IOException {
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocate(SysSocket.SOCKADDR_STORAGE);
            long length = InternetNames.encode(peer, family, name);
            connectAtOnce(fd, object, name.asSlice(0, length));
        }
    }

    /// Takes a datagram socket's peer away.
    static void disconnect(Fd fd, String object) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocate(SysSocket.SOCKADDR_STORAGE);
            name.set(JAVA_SHORT, 0, (short) SysSocket.AF_UNSPEC);
            connectAtOnce(fd, object, name.asSlice(0, UNSPECIFIED_BYTES));
        }
    }

    private static void connectAtOnce(Fd fd, String object, MemorySegment name) throws IOException {
        int number = fd.enter();
        try {
            OsException.check("connect", object, SysSocket.connect(number, name));
        } finally {
            fd.exit();
        }
    }

    /// Connects a new, non-blocking internet socket, and makes it a blocking one.
    ///
    /// @return false if the deadline came first
    static boolean connect(Fd fd, String object, InetSocketAddress address, Deadline deadline)
            throws IOException, InterruptedException {
        int number = fd.enter();
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocate(SysSocket.SOCKADDR_STORAGE);
            long length = InternetNames.encode(address, InternetNames.family(address), name);
            int r = SysSocket.connect(number, name.asSlice(0, length));
            if (Errno.EINPROGRESS.is(r)) {
                if (!Readiness.await(fd, Interest.WRITE, deadline)) {
                    return false;
                }
                r = -option(fd, object, SysSocket.SOL_SOCKET, SysSocket.SO_ERROR);
            }
            OsException.check("connect", object, r);
            makeBlocking(number, object);
            return true;
        } finally {
            fd.exit();
        }
    }

    private static void makeBlocking(int number, String object) throws OsException {
        setStatus(number, object, 0);
    }

    /// Makes a listener one that never waits by itself, as accept(2) has no flag for that.
    static void makeNonBlocking(Fd fd, String object) throws IOException {
        int number = fd.enter();
        try {
            setStatus(number, object, Fcntl.O_NONBLOCK);
        } finally {
            fd.exit();
        }
    }

    private static void setStatus(int number, String object, int flags) throws OsException {
        OsException.check("fcntl(F_SETFL)", object, Fcntl.fcntl(number, Fcntl.F_SETFL, flags));
    }

    /// Binds an internet socket.
    static void bind(Fd fd, String object, InetSocketAddress address) throws IOException {
        int number = fd.enter();
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocate(SysSocket.SOCKADDR_STORAGE);
            long length = InternetNames.encode(address, InternetNames.family(address), name);
            int r = SysSocket.bind(number, name.asSlice(0, length));
            OsException.check("bind", object, r);
        } finally {
            fd.exit();
        }
    }

    static void listen(Fd fd, String object) throws IOException {
        int number = fd.enter();
        try {
            OsException.check("listen", object, SysSocket.listen(number, SysSocket.SOMAXCONN));
        } finally {
            fd.exit();
        }
    }

    /// Ends one or both directions of a connection.
    ///
    /// @param how `SHUT_RD`, `SHUT_WR` or `SHUT_RDWR`
    static void shutdown(Fd fd, String object, int how) throws IOException {
        int number = fd.enter();
        try {
            OsException.check("shutdown", object, SysSocket.shutdown(number, how));
        } finally {
            fd.exit();
        }
    }

    /// A call that writes a socket's name.
    @FunctionalInterface
    private interface NameCall {
        int make(int fd, MemorySegment name, MemorySegment length);
    }

    static UnixAddress localUnixAddress(Fd fd, String object) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var name = name(fd, "getsockname", SysSocket::getsockname, object, arena);
            return UnixNames.decode(name, (int) name.byteSize());
        }
    }

    static UnixAddress peerUnixAddress(Fd fd, String object) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var name = name(fd, "getpeername", SysSocket::getpeername, object, arena);
            return UnixNames.decode(name, (int) name.byteSize());
        }
    }

    /// The name that a Unix socket is known by: its own, or its peer's.
    static UnixAddress unixAddress(Fd fd, String object) throws IOException {
        var own = localUnixAddress(fd, object);
        if (!(own instanceof UnixAddress.Unnamed)) {
            return own;
        }
        try {
            return peerUnixAddress(fd, object);
        } catch (OsException e) {
            if (e.errno() == Errno.ENOTCONN) {
                return UnixAddress.UNNAMED;
            }
            throw e;
        }
    }

    static InetSocketAddress localInternetAddress(Fd fd, String object) throws IOException {
        try (var arena = Arena.ofConfined()) {
            return InternetNames.decode(
                    name(fd, "getsockname", SysSocket::getsockname, object, arena));
        }
    }

    static InetSocketAddress peerInternetAddress(Fd fd, String object) throws IOException {
        try (var arena = Arena.ofConfined()) {
            return InternetNames.decode(
                    name(fd, "getpeername", SysSocket::getpeername, object, arena));
        }
    }

    private static MemorySegment name(
            Fd fd, String function, NameCall call, String object, Arena arena) throws IOException {
        var name = arena.allocate(SysSocket.SOCKADDR_STORAGE);
        var length = arena.allocateFrom(JAVA_INT, (int) name.byteSize());
        int number = fd.enter();
        try {
            OsException.check(function, object, call.make(number, name, length));
        } finally {
            fd.exit();
        }
        return name.asSlice(0, Math.min(length.get(JAVA_INT, 0), name.byteSize()));
    }

    static int option(Fd fd, String object, int level, int name) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var value = arena.allocate(JAVA_INT);
            var _ = option(fd, object, level, name, value);
            return value.get(JAVA_INT, 0);
        }
    }

    /// Reads an option.
    ///
    /// @return how many bytes there are of it
    static long option(Fd fd, String object, int level, int name, MemorySegment value)
            throws IOException {
        int number = fd.enter();
        try (var arena = Arena.ofConfined()) {
            var length = arena.allocateFrom(JAVA_INT, (int) value.byteSize());
            int r = SysSocket.getsockopt(number, level, name, value, length);
            OsException.check("getsockopt", object, r);
            return length.get(JAVA_INT, 0);
        } finally {
            fd.exit();
        }
    }

    static void setOption(Fd fd, String object, int level, int name, int value) throws IOException {
        try (var arena = Arena.ofConfined()) {
            setOption(fd, object, level, name, arena.allocateFrom(JAVA_INT, value));
        }
    }

    static void setOption(Fd fd, String object, int level, int name, MemorySegment value)
            throws IOException {
        int number = fd.enter();
        try {
            int r = SysSocket.setsockopt(number, level, name, value);
            OsException.check("setsockopt", object, r);
        } finally {
            fd.exit();
        }
    }

    /// A number that ioctl(2) tells of a socket.
    static int control(Fd fd, String object, int request) throws IOException {
        int number = fd.enter();
        try (var arena = Arena.ofConfined()) {
            var value = arena.allocate(JAVA_INT);
            OsException.check("ioctl", object, SysIoctl.ioctl(number, request, value));
            return value.get(JAVA_INT, 0);
        } finally {
            fd.exit();
        }
    }
}
