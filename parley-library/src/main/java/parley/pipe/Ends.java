package parley.pipe;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import parley.kernel.Fcntl;
import parley.kernel.Unistd;
import parley.os.Fd;
import parley.os.OsException;

/// The two descriptors of a new anonymous pipe.
record Ends(Fd source, Fd sink) {
    /// @param mode 0, or O_DIRECT for packets
    static Ends create(int mode) throws OsException {
        try (var arena = Arena.ofConfined()) {
            var fds = arena.allocate(JAVA_INT, 2);
            OsException.check("pipe2", "pipe", Unistd.pipe2(fds, Fcntl.O_CLOEXEC | mode));
            return new Ends(
                    Fd.of("pipe2", "pipe", fds.getAtIndex(JAVA_INT, 0)),
                    Fd.of("pipe2", "pipe", fds.getAtIndex(JAVA_INT, 1)));
        }
    }
}
