package parley.signal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// A `status` file of `/proc`: a name and a value per line. See proc_pid_status(5). A thread's name
/// may be any bytes, of which the kernel keeps 15: no encoding can be assumed.
record StatusFile(Map<String, String> values) {
    private static final int HEXADECIMAL = 16;

    /// @throws IOException if the process or thread has ended
    static StatusFile read(Path path) throws IOException {
        var values = new HashMap<String, String>();
        for (var line : Files.readAllLines(path, ISO_8859_1)) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                values.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        }
        return new StatusFile(Map.copyOf(values));
    }

    String value(String name) throws IOException {
        var value = values.get(name);
        if (value == null) {
            throw new IOException("no " + name + " in /proc: the process is ending");
        }
        return value;
    }

    SignalSet signals(String name) throws IOException {
        return SignalSet.ofBits(Long.parseUnsignedLong(value(name), HEXADECIMAL));
    }
}
