package parley.sysv;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import parley.contract.Unique;
import parley.os.NotFoundException;
import parley.os.OsException;

/// Keys that only one test uses, and the check that nothing is left under any of them.
final class Traces {
    private static final List<String> PRIVATE = Collections.synchronizedList(new ArrayList<>());

    private Traces() {}

    static IpcKey newKey() {
        return IpcKey.of(Unique.key());
    }

    /// Remembers an object without a key, by its address.
    static void remember(String address) {
        PRIVATE.add(address);
    }

    /// Removes a queue that may be gone already.
    static void removeQueue(IpcKey key) throws OsException {
        try {
            SysvMessageQueue.remove(key);
        } catch (NotFoundException _) {
            // The test has removed it itself.
        }
    }

    /// Removes a set that may be gone already.
    static void removeSet(IpcKey key) throws OsException {
        try {
            SysvSemaphoreSet.remove(key);
        } catch (NotFoundException _) {
            // The test has removed it itself.
        }
    }

    /// Removes a segment that may be gone already.
    static void removeMemory(IpcKey key) throws OsException {
        try {
            SysvSharedMemory.remove(key);
        } catch (NotFoundException _) {
            // The test has removed it itself.
        }
    }

    /// Looks into the kernel's tables, which ipcs(1) shows.
    static void assertNothingLeft() throws IOException {
        var left = new ArrayList<String>();
        for (var table : List.of("msg", "sem", "shm")) {
            for (var line : Files.readAllLines(Path.of("/proc/sysvipc", table))) {
                var columns = line.strip().split("\\s+", -1);
                if (isOurs(table, columns[0], columns[1])) {
                    left.add(table + " " + line);
                }
            }
        }
        assertEquals(List.of(), left);
    }

    private static boolean isOurs(String table, String key, String id) {
        if (PRIVATE.contains(table + ":#" + id)) {
            return true;
        }
        return key.matches("-?[0-9]+") && Unique.isKey(Integer.parseInt(key));
    }
}
