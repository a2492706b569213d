package parley.channel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import parley.kernel.Fcntl;
import parley.memory.MemoryFile;
import parley.os.Fd;
import parley.os.FileStatus;
import parley.os.OsException;
import parley.pipe.PacketSink;
import parley.pipe.PipeSink;
import parley.pipe.PipeSource;
import parley.posix.PosixMessageQueue;
import parley.process.PidFd;
import parley.ready.EventFd;
import parley.socket.Socket;

/// What a descriptor leads to that this process got from another one, as the type that fits it: the
/// kernel is asked, and nobody's word is taken. To be told apart by `switch`.
public sealed interface Adopted extends AutoCloseable {
    /// Closes what it is.
    @Override
    default void close() throws IOException {
        switch (this) {
            case OfSocket(var socket) -> socket.close();
            case OfSource(var source) -> source.close();
            case OfSink(var sink) -> sink.close();
            case OfPacketSink(var sink) -> sink.close();
            case OfMemory(var file) -> file.close();
            case OfQueue(var queue) -> queue.close();
            case OfEvent(var event) -> event.close();
            case OfProcess(var process) -> process.close();
            case OfOther(var fd, _) -> fd.close();
        }
    }

    /// A socket, which a `switch` tells apart further.
    record OfSocket(Socket socket) implements Adopted {}

    /// The read end of a pipe or FIFO. Whether its writers send packets, it does not know: if they
    /// do, it is a [parley.pipe.PacketSource].
    record OfSource(PipeSource source) implements Adopted {}

    /// The write end of a pipe or FIFO.
    record OfSink(PipeSink sink) implements Adopted {}

    /// The write end of a pipe that carries packets.
    record OfPacketSink(PacketSink sink) implements Adopted {}

    /// A memory file that is sealed against shrinking, so that it can be mapped.
    record OfMemory(MemoryFile file) implements Adopted {}

    /// A POSIX message queue.
    record OfQueue(PosixMessageQueue queue) implements Adopted {}

    /// An eventfd.
    record OfEvent(EventFd event) implements Adopted {}

    /// A hold on a process.
    record OfProcess(PidFd process) implements Adopted {}

    /// Something else: a file, a device, a memory file that is not sealed against shrinking.
    ///
    /// @param link what `/proc/self/fd` calls it
    record OfOther(Fd fd, String link) implements Adopted {}

    /// Finds out what a descriptor leads to.
    ///
    /// @param fd owned from now on, also if that fails
    static Adopted of(Fd fd) throws IOException {
        boolean isAdopted = false;
        try {
            var adopted = adopt(fd);
            isAdopted = true;
            return adopted;
        } finally {
            if (!isAdopted) {
                fd.close();
            }
        }
    }

    private static Adopted adopt(Fd fd) throws IOException {
        var link = link(fd);
        return switch (FileStatus.of(fd).kind()) {
            case SOCKET -> new OfSocket(Socket.of(fd));
            case FIFO -> pipe(fd, link);
            case FILE -> file(fd, link);
            default ->
                    switch (link) {
                        case "anon_inode:[eventfd]" -> new OfEvent(EventFd.of(fd));
                        case "anon_inode:[pidfd]" -> new OfProcess(PidFd.of(fd));
                        default -> new OfOther(fd, link);
                    };
        };
    }

    private static Adopted pipe(Fd fd, String link) throws IOException {
        int flags = flags(fd);
        return switch (flags & Fcntl.O_ACCMODE) {
            case Fcntl.O_RDONLY -> new OfSource(PipeSource.of(fd));
            case Fcntl.O_WRONLY ->
                    (flags & Fcntl.O_DIRECT) != 0
                            ? new OfPacketSink(PacketSink.of(fd))
                            : new OfSink(PipeSink.of(fd));
            default -> new OfOther(fd, link);
        };
    }

    private static Adopted file(Fd fd, String link) throws IOException {
        if (MemoryFile.isTaken(fd)) {
            return new OfMemory(MemoryFile.of(fd));
        }
        return PosixMessageQueue.isQueue(fd)
                ? new OfQueue(PosixMessageQueue.of(fd))
                : new OfOther(fd, link);
    }

    private static int flags(Fd fd) throws IOException {
        int number = fd.enter();
        try {
            int r = Fcntl.fcntl(number, Fcntl.F_GETFL, 0);
            return (int) OsException.check("fcntl(F_GETFL)", fd.toString(), r);
        } finally {
            fd.exit();
        }
    }

    private static String link(Fd fd) throws IOException {
        int number = fd.enter();
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd", "" + number)).toString();
        } finally {
            fd.exit();
        }
    }
}
