package parley.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parley.kernel.Fcntl;
import parley.kernel.Mqueue;
import parley.kernel.SysMman;
import parley.kernel.SysSocket;
import parley.kernel.SysStat;
import parley.kernel.SysSyscall;
import parley.kernel.Unistd;
import parley.peer.Command;

class FileStatusTest {
    private static final String PYTHON =
            "import os,sys,stat; s=os.lstat(sys.argv[1]);print(oct(s.st_mode & 0o777), s.st_uid,"
                    + " s.st_gid, s.st_size, s.st_dev, s.st_ino)";

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/dev/null",
                "/dev/shm",
                "/proc/self/../version",
                "/etc/passwd",
                "/",
                "/tmp"
            })
    void aStatusIsWhatPythonSees(String path) throws Exception {
        assertEquals(Command.output("python3", "-c", PYTHON, path), words(path));
    }

    @Test
    void aFileOfOursIsWhatPythonSees() throws Exception {
        var file = folder.resolve("file");
        Files.writeString(file, "twelve bytes");
        try (var arena = Arena.ofConfined()) {
            assertEquals(0, SysStat.chmod(arena.allocateFrom(file.toString()), 0640));
        }
        assertEquals(
                Command.output("python3", "-c", PYTHON, file.toString()), words(file.toString()));
        assertEquals(12, status(file).sizeBytes());
        assertEquals(new FileMode(0640), status(file).mode());
    }

    private static String words(String path) throws OsException {
        var status = FileStatus.of(path).orElseThrow();
        return "0o%s %d %d %d %d %d"
                .formatted(
                        Integer.toOctalString(status.mode().bits()),
                        status.uid(),
                        status.gid(),
                        status.sizeBytes(),
                        status.device(),
                        status.inode());
    }

    @Test
    void everyKindIsRecognised() throws Exception {
        var file = Files.createFile(folder.resolve("file"));
        var link = Files.createSymbolicLink(folder.resolve("link"), file);
        var fifo = folder.resolve("fifo");
        try (var arena = Arena.ofConfined()) {
            assertEquals(0, SysStat.mkfifo(arena.allocateFrom(fifo.toString()), 0600));
        }
        assertEquals(FileStatus.Kind.FILE, status(file).kind());
        assertEquals(FileStatus.Kind.DIRECTORY, status(folder).kind());
        assertEquals(FileStatus.Kind.FIFO, status(fifo).kind());
        assertEquals(FileStatus.Kind.SYMBOLIC_LINK, status(link).kind());
        assertEquals(
                FileStatus.Kind.FILE, FileStatus.ofTarget(link.toString()).orElseThrow().kind());
        assertEquals(FileStatus.Kind.CHARACTER_DEVICE, status(Path.of("/dev/null")).kind());
        assertEquals("a FIFO", status(fifo).kind().words());
    }

    @Test
    void descriptorsWithoutANameHaveAKindToo() throws Exception {
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocateFrom("/parley-kind-" + ProcessHandle.current().pid());
            int flags = Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_RDWR | Fcntl.O_CLOEXEC;
            int mqd = Mqueue.mq_open(name, flags, 0600, MemorySegment.NULL);
            Mqueue.mq_unlink(name);
            assertEquals(FileStatus.Kind.FILE, kind(mqd));

            assertEquals(FileStatus.Kind.FILE, kind(SysMman.memfd_create(name, 0)));
            int unix = SysSocket.AF_UNIX;
            assertEquals(
                    FileStatus.Kind.SOCKET, kind(SysSocket.socket(unix, SysSocket.SOCK_DGRAM, 0)));
            var fds = arena.allocate(JAVA_INT, 2);
            assertEquals(0, Unistd.pipe2(fds, Fcntl.O_CLOEXEC));
            assertEquals(FileStatus.Kind.FIFO, kind(fds.getAtIndex(JAVA_INT, 0)));
            assertEquals(FileStatus.Kind.FIFO, kind(fds.getAtIndex(JAVA_INT, 1)));
            // Before Linux 6.9 it has no file type.
            long own = ProcessHandle.current().pid();
            int pidfd = (int) SysSyscall.syscall(SysSyscall.SYS_pidfd_open, own, 0, 0, 0, 0);
            var kind = kind(pidfd);
            assertTrue(kind == FileStatus.Kind.OTHER || kind == FileStatus.Kind.FILE, kind::words);
        }
    }

    private static FileStatus.Kind kind(int number) throws Exception {
        try (var fd = Fd.of("open", "", number)) {
            return FileStatus.of(fd).kind();
        }
    }

    private static FileStatus status(Path path) throws OsException {
        return FileStatus.of(path.toString()).orElseThrow();
    }

    @Test
    void whatIsNotThereIsEmpty() throws Exception {
        assertEquals(Optional.empty(), FileStatus.of(folder.resolve("nothing").toString()));
        var dangling = Files.createSymbolicLink(folder.resolve("link"), Path.of("nothing"));
        assertTrue(FileStatus.of(dangling.toString()).isPresent());
        assertEquals(Optional.empty(), FileStatus.ofTarget(dangling.toString()));
    }

    @Test
    void aPathThroughAFileIsRefused() throws Exception {
        var file = Files.createFile(folder.resolve("file"));
        var refused = assertThrows(OsException.class, () -> FileStatus.of(file + "/below"));
        assertEquals(Errno.ENOTDIR, refused.errno());
    }

    @Test
    void anOpenDescriptorHasTheStatusOfItsFile() throws Exception {
        var file = Files.writeString(folder.resolve("file"), "some bytes");
        Fd fd;
        try (var arena = Arena.ofConfined()) {
            fd =
                    Fd.of(
                            "open",
                            "",
                            Fcntl.open(arena.allocateFrom(file.toString()), Fcntl.O_CLOEXEC, 0));
        }
        assertEquals(status(file), FileStatus.of(fd));
        fd.close();
        assertThrows(ClosedChannelException.class, () -> FileStatus.of(fd));
    }
}
