package parley.socket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import parley.contract.ThreadKind;
import parley.contract.Unique;

/// What tests of sockets share. After each test this process has as many sockets open as before.
abstract class SocketTest {
    static {
        try {
            new ServerSocket(0).close(); // the first one opens a socket that the JDK keeps
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @TempDir Path directory;

    private long socketsBefore;

    @BeforeEach
    void countSockets() throws IOException {
        socketsBefore = descriptors("socket:");
    }

    @AfterEach
    void noSocketIsLeft() throws IOException {
        assertEquals(socketsBefore, descriptors("socket:"), "open sockets");
    }

    /// How many descriptors of this process lead to something whose name begins so.
    static long descriptors(String prefix) throws IOException {
        long count = 0;
        try (var links = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (var link : links) {
                try {
                    count += Files.readSymbolicLink(link).toString().startsWith(prefix) ? 1 : 0;
                } catch (NoSuchFileException _) {
                    // that of the directory stream, or of another thread
                }
            }
        }
        return count;
    }

    static UnixAddress uniqueName() {
        return UnixAddress.abstractName(Unique.name("socket"));
    }

    UnixAddress path(String name) {
        return UnixAddress.path(directory.resolve(name));
    }

    static MemorySegment bytes(String text) {
        return Arena.ofAuto().allocateFrom(JAVA_BYTE, text.getBytes(StandardCharsets.UTF_8));
    }

    static MemorySegment room(long bytes) {
        return Arena.ofAuto().allocate(bytes);
    }

    static String text(MemorySegment segment, int length) {
        return new String(segment.asSlice(0, length).toArray(JAVA_BYTE), StandardCharsets.UTF_8);
    }

    static Thread.Builder threads(boolean isVirtual) {
        return isVirtual ? Thread.ofVirtual() : Thread.ofPlatform();
    }

    /// Something that goes on in a thread of its own.
    record Running<T>(ThreadKind.Running<T> thread) {
        static <T> Running<T> start(boolean isVirtual, Callable<T> work) {
            var kind = isVirtual ? ThreadKind.VIRTUAL : ThreadKind.PLATFORM;
            return new Running<>(kind.start(work::call));
        }

        T get() throws Exception {
            return thread.result();
        }

        Throwable failure() {
            try {
                throw new AssertionError("did not fail: " + thread.result());
            } catch (Exception e) {
                return e;
            }
        }
    }

    /// Starts work, and returns when it waits.
    static <T> Running<T> startWaiting(boolean isVirtual, Callable<T> work) throws IOException {
        var running = Running.start(isVirtual, work);
        running.thread().awaitBlocked();
        return running;
    }
}
