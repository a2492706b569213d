package parley.address;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import parley.kernel.Fcntl;
import parley.kernel.Poll;
import parley.kernel.Time;
import parley.kernel.Unistd;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.Lifetime;
import parley.os.OsException;
import parley.ready.Blocking;
import parley.ready.DescriptorSink;
import parley.ready.DescriptorSource;
import parley.ready.Readiness.Attempt;

/// A file as a byte stream, or whatever else a descriptor leads to: a terminal, a device, a pipe.
///
/// A file never waits: reading at its end is the end of the stream. Of others, one that is shared
/// with another reader may wait although a `try` was asked for, if that reader was faster.
public final class FileStream {
    private static final Attempt READ =
            Attempt.of(
                    (fd, into, _) ->
                            isReady(fd, Poll.POLLIN)
                                    ? Unistd.read(fd, into)
                                    : -Errno.EAGAIN.number(),
                    (fd, into, _) -> Unistd.read(fd, into));

    // A pipe that polls as writable has room for PIPE_BUF bytes.
    private static final Attempt WRITE =
            Attempt.of(
                    (fd, from, _) ->
                            isReady(fd, Poll.POLLOUT)
                                    ? Unistd.write(
                                            fd,
                                            from.asSlice(
                                                    0, Math.min(from.byteSize(), Unistd.PIPE_BUF)))
                                    : -Errno.EAGAIN.number(),
                    (fd, from, _) -> Unistd.write(fd, from));

    private FileStream() {}

    /// Opens a file to read it from its beginning.
    ///
    /// @throws parley.os.NotFoundException if it is not there
    /// @throws parley.os.NotPermittedException if it may not be read
    public static DescriptorSource openSource(Path path) throws IOException, InterruptedException {
        return source(open(path, Fcntl.O_RDONLY), addressOf(path));
    }

    /// Opens a file to write it; one that is not there is made, with mode 0600.
    ///
    /// @param appends true to write at its end; false: what it holds is lost
    /// @throws parley.os.NotPermittedException if it may not be written
    /// @throws OsException `EISDIR`
    public static DescriptorSink openSink(Path path, boolean appends)
            throws IOException, InterruptedException {
        int flags = Fcntl.O_WRONLY | Fcntl.O_CREAT;
        return sink(
                open(path, flags | (appends ? Fcntl.O_APPEND : Fcntl.O_TRUNC)), addressOf(path));
    }

    /// Reads from a descriptor.
    ///
    /// @param fd owned from now on
    /// @param object what it is, for errors
    public static DescriptorSource source(Fd fd, String object) {
        return new DescriptorSource(fd, object, "read", READ);
    }

    /// Writes to a descriptor.
    ///
    /// @param fd owned from now on
    /// @param object what it is, for errors
    public static DescriptorSink sink(Fd fd, String object) {
        return new DescriptorSink(fd, object, "write", WRITE);
    }

    private static String addressOf(Path path) {
        return new Address.FilePath(path, false).toString();
    }

    /// Opening waits if the file is a FIFO.
    private static Fd open(Path path, int flags) throws IOException, InterruptedException {
        var neverClosed = new Lifetime(() -> {});
        long r =
                Blocking.call(
                        neverClosed,
                        () -> {
                            try (var arena = Arena.ofConfined()) {
                                return Fcntl.open(
                                        arena.allocateFrom(path.toString()),
                                        flags | Fcntl.O_CLOEXEC,
                                        FileMode.OWNER_ONLY.bits());
                            }
                        });
        return Fd.of("open", addressOf(path), (int) r);
    }

    private static boolean isReady(int fd, short events) {
        try (var arena = Arena.ofConfined()) {
            var pollfd = arena.allocate(Poll.POLLFD);
            pollfd.set(JAVA_INT, Poll.FD, fd);
            pollfd.set(JAVA_SHORT, Poll.EVENTS, events);
            return Poll.ppoll(pollfd, 1, arena.allocate(Time.TIMESPEC)) > 0;
        }
    }
}
