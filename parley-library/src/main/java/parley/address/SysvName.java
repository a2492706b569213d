package parley.address;

import java.nio.file.Path;
import parley.os.OsException;
import parley.os.Spelling;
import parley.sysv.IpcKey;

/// How a System V object is found: by its key, by its id, or by a file that ftok(3) makes a key of.
public sealed interface SysvName {
    /// By its key: `0x2a01`; `private` for one without, which is made and not found.
    record ByKey(IpcKey key) implements SysvName {
        static final String PRIVATE = "private";

        @Override
        public String toString() {
            return key.equals(IpcKey.PRIVATE) ? PRIVATE : key.toString();
        }
    }

    /// By the number that the kernel has given it, as ipcs(1) shows it: `#7`.
    record ById(int id) implements SysvName {
        @Override
        public String toString() {
            return "#" + id;
        }
    }

    /// By a file that exists, and a number that mostly is a letter: `/path,A`.
    ///
    /// @param projectId 1 to 255
    record ByFile(Path path, int projectId) implements SysvName {
        /// The key, as ftok(3) makes it.
        ///
        /// @throws parley.os.NotFoundException if there is no such file
        public IpcKey key() throws OsException {
            return IpcKey.ftok(path, projectId);
        }

        static boolean isSpelledAsLetter(int projectId) {
            return projectId < 128 && Character.isLetterOrDigit(projectId);
        }

        @Override
        public String toString() {
            var spelled =
                    isSpelledAsLetter(projectId) ? Character.toString(projectId) : "#" + projectId;
            return Spelling.escape(path.toString()) + "," + spelled;
        }
    }
}
