package parley.sysv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import parley.os.Errno;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.NotFoundException;
import parley.peer.Command;

class IpcKeyTest {
    private static final String FTOK =
            """
            #include <stdio.h>
            #include <stdlib.h>
            #include <sys/ipc.h>
            int main(int argc, char **argv) {
                for (int i = 2; i < argc; i++) printf("%d\\n", (int) ftok(argv[1], atoi(argv[i])));
                return 0;
            }
            """;

    @Test
    void aNumberIsAKey() {
        assertEquals(0x2a01, IpcKey.of(0x2a01).value());
        assertEquals(-1, IpcKey.of(-1).value());
    }

    @Test
    void zeroIsRefusedWithTheReason() {
        var e = assertThrows(IllegalArgumentException.class, () -> IpcKey.of(0));
        assertTrue(e.getMessage().contains("IPC_PRIVATE"), e.getMessage());
        assertEquals(0, IpcKey.PRIVATE.value());
    }

    @Test
    void aKeyIsWrittenAsInAnAddress() {
        assertEquals("0x2a01", IpcKey.of(0x2a01).toString());
        assertEquals("0xffffffff", IpcKey.of(-1).toString());
        assertEquals("0x80000000", IpcKey.of(Integer.MIN_VALUE).toString());
    }

    @Test
    void ftokAgreesWithC(@TempDir Path directory) throws Exception {
        var program = Command.compile(directory, "ftok", FTOK);
        var link = Files.createSymbolicLink(directory.resolve("link"), directory);
        for (var path : new Path[] {directory, link, Path.of(program), Path.of("/dev/null")}) {
            var output = Command.output(program, path.toString(), "1", "65", "255", "-1", "577");
            var expected = output.lines().map(Integer::valueOf).toList();
            for (int i = 0; i < expected.size(); i++) {
                int projectId = new int[] {1, 'A', 255, -1, 512 + 'A'}[i];
                assertEquals(expected.get(i), IpcKey.ftok(path, projectId).value());
            }
        }
    }

    @Test
    void ftokTakesPartsOfInodeDeviceAndNumber() {
        assertEquals(0x41cd5678, ftok(0x12345678L, 0xabcdL, 'A'));
        assertEquals(-1, ftok(0xffff, 0xff, 0xff));
        assertEquals(0xffff, ftok(-1, 0, 0x100));
        assertNotEquals(IpcKey.of(ftok(7, 1, 1)), IpcKey.of(ftok(7, 1, 2)));
    }

    @Test
    void ftokThatComesToZeroIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> IpcKey.of(ftok(0x10000, 0x100, 0)));
    }

    @Test
    void ftokOfAMissingFileSaysSo(@TempDir Path directory) {
        var path = directory.resolve("absent");
        var e = assertThrows(NotFoundException.class, () -> IpcKey.ftok(path, 'A'));
        assertEquals(Errno.ENOENT, e.errno());
        assertTrue(e.getMessage().contains(path.toString()), e.getMessage());
    }

    /// Among so many files two have the same key, and C agrees.
    @Test
    void filesOfTheSameKeyAreFound(@TempDir Path directory) throws Exception {
        List<Path> files;
        try (var walk = Files.walk(Path.of("/usr/lib"))) {
            files = walk.filter(Files::isRegularFile).limit(4000).toList();
        }
        var collision =
                IpcKey.ftok(files, 'P').values().stream()
                        .filter(sharing -> sharing.size() > 1)
                        .findFirst();
        assumeTrue(collision.isPresent(), () -> "no two of " + files.size() + " files collide");
        var paths = collision.get();
        assertFalse(Files.isSameFile(paths.get(0), paths.get(1)));
        var program = Command.compile(directory, "ftok", FTOK);
        assertEquals(
                Command.output(program, paths.get(0).toString(), "80"),
                Command.output(program, paths.get(1).toString(), "80"));
    }

    @Test
    void namesOfOneFileAreNoCollision(@TempDir Path directory) throws Exception {
        var file = Files.createFile(directory.resolve("file"));
        var link = Files.createLink(directory.resolve("link"), file);
        assertEquals(
                Map.of(IpcKey.ftok(file, 'P'), List.of(file)),
                IpcKey.ftok(List.of(file, link, file), 'P'));
        var absent = directory.resolve("absent");
        assertThrows(NotFoundException.class, () -> IpcKey.ftok(List.of(file, absent), 'P'));
    }

    private static int ftok(long inode, long device, int projectId) {
        var kind = FileStatus.Kind.FILE;
        return new FileStatus(kind, FileMode.OWNER_ONLY, 0, 0, 0, device, inode).ftok(projectId);
    }
}
