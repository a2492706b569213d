package parley.address;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import parley.os.Errno;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.pipe.Pipe;
import parley.ready.Outcome;

class FileStreamTest {
    @TempDir private Path directory;

    @Test
    void aFileIsWrittenAnewOrAtItsEnd() throws Exception {
        var file = directory.resolve("a,b");
        for (var written : new String[] {"first", "2nd"}) {
            try (var sink = FileStream.openSink(file, false)) {
                sink.outputStream().write(written.getBytes(StandardCharsets.UTF_8));
            }
        }
        try (var sink = FileStream.openSink(file, true)) {
            sink.outputStream().write(" and more".getBytes(StandardCharsets.UTF_8));
        }
        assertEquals("2nd and more", Files.readString(file));
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        try (var source = FileStream.openSource(file)) {
            var content = source.inputStream().readAllBytes();
            assertEquals("2nd and more", new String(content, StandardCharsets.UTF_8));
        }
    }

    @Test
    void aFileNeverWaits() throws Exception {
        var file = Files.writeString(directory.resolve("file"), "x");
        try (var source = FileStream.openSource(file);
                var arena = Arena.ofConfined()) {
            var into = arena.allocate(10);
            assertEquals(1, source.tryRead(into));
            assertEquals(Outcome.END, source.tryRead(into));
            assertEquals(Outcome.END, source.read(into, Duration.ZERO));
        }
    }

    @Test
    void aRefusalNamesTheFile() {
        var absent = directory.resolve("a,b");
        var e = assertThrows(NotFoundException.class, () -> FileStream.openSource(absent));
        assertEquals("file:" + directory + "/a\\,b", e.object());
        var refused = assertThrows(OsException.class, () -> FileStream.openSink(directory, false));
        assertEquals(Errno.EISDIR, refused.errno());
    }

    @Test
    void whatWaitsIsWaitedFor() throws Exception {
        try (var pipe = Pipe.create();
                var source = FileStream.source(pipe.source().fd().duplicate(), "the pipe");
                var sink = FileStream.sink(pipe.sink().fd().duplicate(), "the pipe");
                var arena = Arena.ofConfined()) {
            var memory = arena.allocate(8192);
            assertEquals(0, source.tryRead(memory));
            assertEquals(0, source.read(memory, Duration.ofMillis(1)));
            long filled = 0;
            for (long r = sink.tryWrite(memory); r > 0; r = sink.tryWrite(memory)) {
                filled += r;
            }
            assertEquals(65536, filled); // pipe(7)
            var reader = Thread.ofVirtual().start(() -> drain(source, 65536 + 8192));
            sink.write(memory);
            reader.join();
            assertEquals(0, source.tryRead(memory));
        }
    }

    private static void drain(ReadableByteChannel source, long count) {
        var buffer = ByteBuffer.allocateDirect(4096);
        try {
            for (long left = count; left > 0; ) {
                left -= source.read(buffer.clear());
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
