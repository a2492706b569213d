package parley.process;

import java.nio.file.Path;
import parley.os.Fd;

/// Where a child's standard input comes from, or a standard output goes to.
public sealed interface Redirect {
    /// The one that this process has.
    static Redirect inherit() {
        return Inherit.INSTANCE;
    }

    /// `/dev/null`.
    static Redirect nothing() {
        return Nothing.INSTANCE;
    }

    /// A new pipe, whose other end [ChildProcess] has.
    static Redirect pipe() {
        return Piped.INSTANCE;
    }

    /// A file to read. Opening a FIFO waits for its writer.
    static Redirect from(Path path) {
        return new ReadFile(path);
    }

    /// A file to write, from its beginning, all that it has being lost; made with mode 0600 if
    /// there is none. Opening a FIFO waits for its reader.
    static Redirect to(Path path) {
        return new WriteFile(path, false);
    }

    /// A file to write at its end; made with mode 0600 if there is none.
    static Redirect appendTo(Path path) {
        return new WriteFile(path, true);
    }

    /// A descriptor of ours: an end of a pipe, a socket. The child has a copy; ours stays open, and
    /// the end of a pipe comes only when ours is closed too. It is made to wait (O_NONBLOCK is
    /// cleared, for all who share it), as programs expect of their standard streams.
    static Redirect descriptor(Fd fd) {
        return new Descriptor(fd);
    }

    /// For standard error: wherever standard output goes, as `2>&1` in a shell.
    static Redirect toStdout() {
        return ToStdout.INSTANCE;
    }

    /// See [#inherit()].
    enum Inherit implements Redirect {
        /// The only one.
        INSTANCE
    }

    /// See [#nothing()].
    enum Nothing implements Redirect {
        /// The only one.
        INSTANCE
    }

    /// See [#pipe()].
    enum Piped implements Redirect {
        /// The only one.
        INSTANCE
    }

    /// See [#toStdout()].
    enum ToStdout implements Redirect {
        /// The only one.
        INSTANCE
    }

    /// See [#from(Path)].
    ///
    /// @param path the file
    record ReadFile(Path path) implements Redirect {}

    /// See [#to(Path)] and [#appendTo(Path)].
    ///
    /// @param path the file
    /// @param isAppend to write at its end
    record WriteFile(Path path, boolean isAppend) implements Redirect {}

    /// See [#descriptor(Fd)].
    ///
    /// @param fd the descriptor
    record Descriptor(Fd fd) implements Redirect {}
}
