package parley.address;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import parley.kernel.Fcntl;
import parley.memory.MemoryFile;
import parley.os.Fd;
import parley.os.FileStatus;
import parley.os.LimitReachedException;
import parley.os.OsException;
import parley.pipe.PacketSink;
import parley.pipe.PipeSink;
import parley.pipe.PipeSource;
import parley.posix.PosixMessageQueue;
import parley.process.PidFd;
import parley.ready.EventFd;
import parley.socket.Socket;

/// Asks the kernel what a descriptor leads to.
final class Adoption {
    private Adoption() {}

    static Adopted of(Fd fd) throws IOException {
        var link = link(fd);
        if ((flags(fd) & Fcntl.O_PATH) != 0) {
            return new Adopted.OfOther(fd, link); // a hold on the file, which cannot be used
        }
        return switch (FileStatus.of(fd).kind()) {
            case SOCKET -> orOther(fd, link, copy -> new Adopted.OfSocket(Socket.of(copy)));
            case FIFO -> pipe(fd, link);
            case FILE -> file(fd, link);
            default ->
                    switch (link) {
                        case "anon_inode:[eventfd]" -> new Adopted.OfEvent(EventFd.of(fd));
                        case "anon_inode:[pidfd]" ->
                                orOther(fd, link, copy -> new Adopted.OfProcess(PidFd.of(copy)));
                        default -> new Adopted.OfOther(fd, link);
                    };
        };
    }

    /// What becomes a type only under conditions that the kernel knows.
    private interface Typing {
        /// @param copy owned; closed if that fails
        Adopted type(Fd copy) throws IOException;
    }

    private static Adopted orOther(Fd fd, String link, Typing typing) throws IOException {
        Adopted typed;
        try {
            typed = typing.type(fd.duplicate());
        } catch (LimitReachedException e) {
            throw e;
        } catch (OsException _) {
            return new Adopted.OfOther(fd, link);
        }
        fd.close();
        return typed;
    }

    private static Adopted pipe(Fd fd, String link) throws IOException {
        int flags = flags(fd);
        return switch (flags & Fcntl.O_ACCMODE) {
            case Fcntl.O_RDONLY -> new Adopted.OfSource(PipeSource.of(fd));
            case Fcntl.O_WRONLY ->
                    (flags & Fcntl.O_DIRECT) != 0
                            ? new Adopted.OfPacketSink(PacketSink.of(fd))
                            : new Adopted.OfSink(PipeSink.of(fd));
            default -> new Adopted.OfOther(fd, link);
        };
    }

    private static Adopted file(Fd fd, String link) throws IOException {
        if (MemoryFile.isTaken(fd)) {
            return new Adopted.OfMemory(MemoryFile.of(fd));
        }
        return PosixMessageQueue.isQueue(fd)
                ? new Adopted.OfQueue(PosixMessageQueue.of(fd))
                : new Adopted.OfOther(fd, link);
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
