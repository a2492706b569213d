package parley.peer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import parley.os.Credentials;

/// A second user for tests of permission: possible for root only, and if the classes are readable.
public final class OtherUser {
    /// Words before a command that is to run as nobody.
    public static final List<String> NOBODY =
            List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups");

    private OtherUser() {}

    /// Skips the test where no other user can be had, or cannot read what it runs.
    public static void assumeItCanRead(List<String> asOther)
            throws IOException, InterruptedException {
        assumeItCanRead(asOther, System.getProperty("java.class.path"));
    }

    /// The same for a class path that is all that the other program needs.
    public static void assumeItCanRead(List<String> asOther, String classPath)
            throws IOException, InterruptedException {
        Command.require(asOther.getFirst());
        Assumptions.assumeTrue(Credentials.own().uid() == 0, "only root can become another user");
        for (var entry : classPath.split(":", -1)) {
            if (!entry.isEmpty()) {
                assumeReadable(asOther, Path.of(entry).toAbsolutePath().toString());
            }
        }
        assumeReadable(asOther, System.getProperty("java.home"));
    }

    /// A class path of only those entries that these classes come from.
    public static String classPathOf(Class<?>... classes) {
        return Stream.of(classes)
                .map(type -> type.getProtectionDomain().getCodeSource().getLocation().getPath())
                .distinct()
                .collect(Collectors.joining(":"));
    }

    private static void assumeReadable(List<String> asOther, String path)
            throws IOException, InterruptedException {
        var words = new ArrayList<>(asOther);
        words.addAll(List.of("test", "-r", path));
        int status = new ProcessBuilder(words).start().waitFor();
        Assumptions.assumeTrue(status == 0, "another user cannot read " + path);
    }
}
