package parley.os;

import java.lang.foreign.Arena;
import java.nio.channels.ClosedChannelException;
import parley.kernel.SysStat;

/// Who may do what with a named object: the nine permission bits. See chmod(2).
///
/// @param bits 0 to 0777
public record FileMode(int bits) {
    /// `0600`: read and write for the owner, nothing for others. The default of everything.
    public static final FileMode OWNER_ONLY = new FileMode(0600);

    private static final String LETTERS = "rwxrwxrwx";

    public FileMode {
        if ((bits & ~0777) != 0) {
            throw new IllegalArgumentException("not in 0..0777: 0" + Integer.toOctalString(bits));
        }
    }

    /// Reads `600`, `0600` or `rw-------`.
    ///
    /// @throws IllegalArgumentException saying what was expected
    public static FileMode parse(String text) {
        if (text.matches("0?[0-7]{3}")) {
            return new FileMode(Integer.parseInt(text, 8));
        }
        if (text.matches("([r-][w-][x-]){3}")) {
            int bits = 0;
            for (int i = 0; i < LETTERS.length(); i++) {
                bits = (bits << 1) | (text.charAt(i) == '-' ? 0 : 1);
            }
            return new FileMode(bits);
        }
        throw new IllegalArgumentException("not a mode such as 0600 or rw-------: " + text);
    }

    /// Gives a new object exactly this mode, of which the process's umask may have taken bits away.
    ///
    /// @param object what it is, for errors
    public void applyTo(Fd fd, String object) throws OsException, ClosedChannelException {
        if (FileStatus.of(fd).mode().equals(this)) {
            return;
        }
        int number = fd.enter();
        try (var arena = Arena.ofConfined()) {
            // fchmod(2) would refuse a descriptor that only holds a path.
            var name = arena.allocateFrom("/proc/self/fd/" + number);
            OsException.check("chmod", object, SysStat.chmod(name, bits));
        } finally {
            fd.exit();
        }
    }

    /// As `ls -l` shows it: `rw-------`.
    public String letters() {
        var letters = new StringBuilder();
        for (int i = 0; i < LETTERS.length(); i++) {
            letters.append(
                    ((bits >> (LETTERS.length() - 1 - i)) & 1) == 0 ? '-' : LETTERS.charAt(i));
        }
        return letters.toString();
    }

    /// As chmod(1) takes it: `0600`.
    @Override
    public String toString() {
        return "%04o".formatted(bits);
    }
}
