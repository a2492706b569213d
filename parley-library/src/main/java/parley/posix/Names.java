package parley.posix;

import java.nio.charset.StandardCharsets;

/// The rule for names of POSIX objects: a slash and 1 to 254 bytes without one.
public final class Names {
    private static final int BYTES_MAX = 255;

    private Names() {}

    /// Refuses a name that breaks the rule.
    ///
    /// @param reservedBytes what the kind of object takes of its file's name
    /// @return the name
    /// @throws IllegalArgumentException saying what is wrong with the name
    public static String check(String name, int reservedBytes) {
        if (!name.startsWith("/") || name.length() < 2 || name.indexOf('/', 1) >= 0) {
            throw new IllegalArgumentException(
                    "a name is a slash and then no other, such as /jobs: " + name);
        }
        if (name.equals("/.") || name.equals("/..") || name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("not a name: " + name.replace('\0', '?'));
        }
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > BYTES_MAX - reservedBytes) {
            throw new IllegalArgumentException(
                    "a name has at most %d bytes, not %d: %s"
                            .formatted(BYTES_MAX - reservedBytes, bytes, name));
        }
        return name;
    }
}
