package parley.posix;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import parley.os.FileStatus;

/// The rule for names of POSIX objects, a slash and 1 to 255 bytes without one, and the folders
/// whose files they are.
public final class PosixNames {
    /// Where libc keeps shared memory and semaphores.
    public static final String SHARED_MEMORY = "/dev/shm";

    /// What comes between that folder's slash and the name of a semaphore.
    public static final String SEMAPHORE = "sem.";

    private static final int BYTES_MAX = 255; // NAME_MAX, of the file

    private PosixNames() {}

    /// Refuses a name that breaks the rule.
    ///
    /// @param prefix what its file has before it
    /// @return the name
    /// @throws IllegalArgumentException saying what is wrong with the name
    public static String check(String name, String prefix) {
        if (!name.startsWith("/") || name.length() < 2 || name.indexOf('/', 1) >= 0) {
            throw new IllegalArgumentException(
                    "a name is a slash and then no other, such as /jobs: " + name);
        }
        if (name.equals("/.") || name.equals("/..") || name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("not a name: " + name.replace('\0', '?'));
        }
        int bytes = name.substring(1).getBytes(StandardCharsets.UTF_8).length;
        int most = BYTES_MAX - prefix.length();
        if (bytes > most) {
            throw new IllegalArgumentException(
                    "a name has at most %d bytes after its slash, not %d: %s"
                            .formatted(most, bytes, name));
        }
        return name;
    }

    /// The objects whose files a folder has, in the order of their names.
    ///
    /// @param isSemaphores which of the two kinds in `/dev/shm`; of a folder with one kind, false
    static List<PosixName> list(Path folder, boolean isSemaphores) throws IOException {
        var found = new ArrayList<PosixName>();
        try (var files = Files.newDirectoryStream(folder)) {
            for (var file : files) {
                var name = file.getFileName().toString();
                var status = FileStatus.of(file.toString());
                if (status.isPresent() // it was there when the folder was read
                        && status.get().kind() == FileStatus.Kind.FILE
                        && name.startsWith(SEMAPHORE) == isSemaphores) {
                    var ofObject = isSemaphores ? name.substring(SEMAPHORE.length()) : name;
                    found.add(new PosixName("/" + ofObject, status.get()));
                }
            }
        }
        found.sort(PosixName.BY_NAME);
        return List.copyOf(found);
    }
}
