package parley.pipe;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import parley.kernel.Fcntl;
import parley.kernel.SysStat;
import parley.kernel.Unistd;
import parley.os.AlreadyExistsException;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.Lifetime;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.ready.Blocking;
import parley.ready.Deadline;

/// A named pipe (FIFO): a pipe that unrelated processes find in the file system. See fifo(7).
///
/// Opening is a rendezvous: each end waits until another process opens the other. The name stays
/// until [#unlink]; the bytes go with the last process that has it open.
public final class NamedPipe {
    private static final int WRITABLE_BY_ALL = 0002;

    private final String path;
    private final boolean mayBeNew; // and is refused if somebody laid it there as a trap

    private NamedPipe(String path, boolean mayBeNew) {
        this.path = path;
        this.mayBeNew = mayBeNew;
    }

    /// Makes a FIFO with mode 0600.
    ///
    /// @throws AlreadyExistsException if something has this name
    public static NamedPipe create(Path path) throws IOException {
        return create(path, FileMode.OWNER_ONLY);
    }

    /// Makes a FIFO.
    ///
    /// @param mode as given: the process's umask takes nothing away
    /// @throws AlreadyExistsException if something has this name
    public static NamedPipe create(Path path, FileMode mode) throws IOException {
        var pipe = new NamedPipe(path.toString(), true);
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocateFrom(pipe.path);
            OsException.check("mkfifo", pipe.address(), SysStat.mkfifo(name, mode.bits()));
        }
        try {
            pipe.undoUmask(mode);
            return pipe;
        } catch (IOException | RuntimeException e) {
            unlink(path);
            throw e;
        }
    }

    /// Gives the new FIFO the bits that the umask took away, not trusting that the name still leads
    /// to it.
    private void undoUmask(FileMode mode) throws OsException, ClosedChannelException {
        try (var fd = Fd.of("open", address(), open(Fcntl.O_PATH))) {
            requireFifo(FileStatus.of(fd));
            mode.applyTo(fd, address());
        }
    }

    /// Finds a FIFO.
    ///
    /// @throws NotFoundException if nothing has this name
    /// @throws OsException `ELOOP` if it is a symbolic link, which is not followed; `EINVAL` if it
    ///   is something else than a FIFO
    public static NamedPipe open(Path path) throws OsException {
        return find(path, false);
    }

    private static NamedPipe find(Path path, boolean mayBeNew) throws OsException {
        var pipe = new NamedPipe(path.toString(), mayBeNew);
        var status = FileStatus.of(pipe.path);
        if (status.isEmpty()) {
            throw OsException.of("open", pipe.address(), Errno.ENOENT.number());
        }
        pipe.requireFifo(status.get());
        return pipe;
    }

    /// Finds a FIFO, or makes one with mode 0600.
    ///
    /// @throws parley.os.NotPermittedException `EACCES`, here or when an end is opened, for one
    ///   that another user has made in a directory where everybody may, such as `/tmp`: what the
    ///   kernel refuses only if `fs.protected_fifos` is set
    public static NamedPipe openOrCreate(Path path) throws IOException {
        while (true) {
            try {
                return create(path);
            } catch (AlreadyExistsException _) {
                // Open it then.
            }
            try {
                return find(path, true);
            } catch (NotFoundException _) {
                // It has gone meanwhile: again.
            }
        }
    }

    /// Takes the name away; processes that have the FIFO open keep it.
    ///
    /// @throws parley.os.NotFoundException if nothing has this name
    /// @throws OsException `EINVAL` if it is something else than a FIFO, which stays
    public static void unlink(Path path) throws OsException {
        var pipe = new NamedPipe(path.toString(), false);
        var status = FileStatus.of(pipe.path);
        if (status.isPresent()) {
            pipe.requireFifo(status.get());
        }
        try (var arena = Arena.ofConfined()) {
            int r = Unistd.unlink(arena.allocateFrom(pipe.path));
            OsException.check("unlink", pipe.address(), r);
        }
    }

    /// Opens the read end, waiting until some process has the write end open.
    public PipeSource openSource() throws IOException, InterruptedException {
        return new PipeSource(open(Fcntl.O_RDONLY, Deadline.NEVER).orElseThrow(), address());
    }

    /// Opens the read end, waiting at most `timeout` for a writer.
    ///
    /// @return empty if no process opened the write end in time
    public Optional<PipeSource> openSource(Duration timeout)
            throws IOException, InterruptedException {
        return open(Fcntl.O_RDONLY, Deadline.after(timeout))
                .map(fd -> new PipeSource(fd, address()));
    }

    /// Opens the read end, with or without a writer; never waits. The stream is not at its end
    /// before the first writer has come and gone: see [PipeSource].
    public PipeSource tryOpenSource() throws IOException {
        int r = open(Fcntl.O_RDONLY | Fcntl.O_NONBLOCK);
        return new PipeSource(checked(r), address());
    }

    /// Opens the write end, waiting until some process has the read end open.
    public PipeSink openSink() throws IOException, InterruptedException {
        return new PipeSink(open(Fcntl.O_WRONLY, Deadline.NEVER).orElseThrow(), address());
    }

    /// Opens the write end, waiting at most `timeout` for a reader.
    ///
    /// @return empty if no process opened the read end in time
    public Optional<PipeSink> openSink(Duration timeout) throws IOException, InterruptedException {
        return open(Fcntl.O_WRONLY, Deadline.after(timeout)).map(fd -> new PipeSink(fd, address()));
    }

    /// Opens the write end if some process has the read end open; never waits.
    ///
    /// @return empty if there is no reader
    public Optional<PipeSink> tryOpenSink() throws IOException {
        int r = open(Fcntl.O_WRONLY | Fcntl.O_NONBLOCK);
        if (Errno.ENXIO.is(r)) {
            return Optional.empty();
        }
        return Optional.of(new PipeSink(checked(r), address()));
    }

    /// Opens both ends, whoever else has it open; never waits. See fifo(7), O_RDWR.
    ///
    /// While one of the two is open, no reader anywhere finds the end of the stream, and no writer
    /// that nobody reads: a server that keeps both outlives its clients.
    public Pipe openBoth() throws IOException {
        var fd = checked(open(Fcntl.O_RDWR | Fcntl.O_NONBLOCK));
        try {
            var sink = new PipeSink(fd.duplicate(), address());
            return new Pipe(new PipeSource(fd, address()), sink);
        } catch (IOException e) {
            fd.close();
            throw e;
        }
    }

    /// As an address: `fifo:/path`.
    public String address() {
        return "fifo:" + path;
    }

    @Override
    public String toString() {
        return address();
    }

    private Optional<Fd> open(int flags, Deadline deadline)
            throws IOException, InterruptedException {
        var neverClosed = new Lifetime(() -> {});
        long r = Blocking.call(neverClosed, deadline, () -> open(flags));
        return Errno.ETIMEDOUT.is(r) ? Optional.empty() : Optional.of(checked((int) r));
    }

    private int open(int flags) {
        try (var arena = Arena.ofConfined()) {
            return Fcntl.open(
                    arena.allocateFrom(path), flags | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC, 0);
        }
    }

    /// Owns what was opened, once it is known to be a FIFO: the name may lead elsewhere by now. The
    /// descriptor waits as a plain one does, for whoever it may be handed to.
    private Fd checked(int result) throws IOException {
        var fd = Fd.of("open", address(), result);
        try {
            requireFifo(FileStatus.of(fd));
            OsException.check("fcntl(F_SETFL)", address(), Fcntl.fcntl(result, Fcntl.F_SETFL, 0));
            return fd;
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    private void requireFifo(FileStatus status) throws OsException {
        switch (status.kind()) {
            case FIFO -> {
                if (mayBeNew && isTrap(status)) {
                    throw OsException.of("open(O_CREAT)", address(), Errno.EACCES.number());
                }
            }
            case SYMBOLIC_LINK -> throw OsException.of("open", address(), Errno.ELOOP.number());
            default -> throw OsException.of("open", address(), Errno.EINVAL.number());
        }
    }

    /// The rule of `fs.protected_fifos`, see proc(5): where everybody may make files, it must be
    /// our own or that of the directory's owner.
    private boolean isTrap(FileStatus status) throws OsException {
        var directory = Path.of(path).toAbsolutePath().resolveSibling("").toString();
        var above = FileStatus.ofTarget(directory);
        return status.uid() != Credentials.own().uid()
                && above.isPresent()
                && above.get().uid() != status.uid()
                && (above.get().mode().bits() & WRITABLE_BY_ALL) != 0;
    }
}
