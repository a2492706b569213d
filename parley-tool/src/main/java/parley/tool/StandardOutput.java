package parley.tool;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Standard output, whose failure ends the command: a print stream or writer keeps an `IOException`
/// to itself, and the command would go on for nobody.
public final class StandardOutput extends OutputStream {
    /// What it is called in errors.
    public static final String NAME = "standard output";

    private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);

    StandardOutput() {}

    /// Standard output cannot be written to.
    static final class Failed extends UncheckedIOException {
        private static final long serialVersionUID = 1;

        private final boolean isReaderGone;

        private Failed(IOException cause, boolean isReaderGone) {
            super(NAME + ": " + cause.getMessage(), cause);
            this.isReaderGone = isReaderGone;
        }

        /// True if whoever read it has enough, as `head` after its lines.
        boolean isReaderGone() {
            return isReaderGone;
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            throw new Failed(e, isPipeOrSocket());
        }
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    /// These fail for no other reason. The message of the exception says it too, but in the words
    /// of the locale.
    private static boolean isPipeOrSocket() {
        try {
            int mode = (int) Files.getAttribute(Path.of("/proc/self/fd/1"), "unix:mode");
            int kind = mode & KIND_MASK;
            return kind == FIFO || kind == SOCKET;
        } catch (IOException _) {
            return false;
        }
    }

    // See inode(7).
    private static final int KIND_MASK = 0xF000;
    private static final int FIFO = 0x1000;
    private static final int SOCKET = 0xC000;
}
