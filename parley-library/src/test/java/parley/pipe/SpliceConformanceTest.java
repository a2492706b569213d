package parley.pipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import parley.kernel.Fcntl;
import parley.kernel.SysUio;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;

/// Cases of other people's suites, each named by its id.
@Timeout(60)
final class SpliceConformanceTest {
    @TempDir private Path directory;

    private static OsException refused(Splice splice) {
        return assertThrows(OsException.class, () -> splice.transfer(1));
    }

    @Test
    @DisplayName("SPL-003 an offset in a pipe is refused")
    void anOffsetInAPipe() throws Exception {
        try (var first = Pipe.create();
                var second = Pipe.create();
                var arena = Arena.ofConfined()) {
            first.sink().write(arena.allocate(1));
            var e = refused(Splice.of(first.source(), second.sink().fd(), 0));
            assertEquals(Errno.ESPIPE, e.errno());
            assertTrue(e.getMessage().contains("no positions"), e::getMessage);
            e = refused(Splice.of(first.source().fd(), 0, second.sink()));
            assertEquals(Errno.ESPIPE, e.errno());
        }
    }

    @Test
    @DisplayName("SPL-004 a file that is open to append is refused as a target")
    void aFileOpenToAppend() throws Exception {
        try (var pipe = Pipe.create();
                var arena = Arena.ofConfined()) {
            var name = arena.allocateFrom(directory.resolve("file").toString());
            int flags = Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_APPEND | Fcntl.O_CLOEXEC;
            try (var file = Fd.of("open", "file", Fcntl.open(name, flags, 0600))) {
                pipe.sink().write(arena.allocate(1));
                var e = refused(Splice.of(pipe.source(), file));
                assertEquals(Errno.EINVAL, e.errno());
                assertTrue(e.getMessage().contains("O_APPEND"), e::getMessage);
                assertEquals(1, pipe.source().bytesWaiting());
            }
        }
    }

    @Test
    @DisplayName("SPL-005 tee leaves the data in both pipes")
    void teeLeavesTheDataInBoth() throws Exception {
        try (var first = Pipe.create();
                var second = Pipe.create();
                var arena = Arena.ofConfined()) {
            first.sink().write(arena.allocate(1000));
            assertEquals(1000, Splice.tee(first.source(), second.sink()).transfer(65536));
            assertEquals(1000, first.source().bytesWaiting());
            assertEquals(1000, second.source().bytesWaiting());
        }
    }

    @Test
    @DisplayName("SPL-007 a full pipe takes no pages without waiting")
    void aFullPipeTakesNoPages() throws Exception {
        try (var pipe = Pipe.create();
                var pages = PageGift.allocate(65536);
                var more = PageGift.allocate(1)) {
            assertEquals(65536, pipe.sink().tryGive(pages));
            assertEquals(0, pipe.sink().tryGive(more));
            assertEquals(1, more.bytesLeft());
        }
    }

    @Test
    @DisplayName("SPL-008 more pieces of memory than IOV_MAX are refused")
    void morePiecesThanIovMax() throws Exception {
        try (var pipe = Pipe.create();
                var arena = Arena.ofConfined()) {
            var iovecs = arena.allocate(SysUio.IOVEC, 1025);
            long r = Fcntl.vmsplice(pipe.sink().fd().number(), iovecs, 1025, 0);
            assertTrue(Errno.EINVAL.is(r));
            var e = OsException.of("vmsplice", "pipe", (int) -r);
            assertTrue(e.getMessage().contains("1024"), e::getMessage);
        }
    }
}
