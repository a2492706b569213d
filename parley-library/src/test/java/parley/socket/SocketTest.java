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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import parley.contract.Unique;
import parley.kernel.Faults;

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
    record Running<T>(Thread thread, FutureTask<T> result) {
        static <T> Running<T> start(boolean isVirtual, Callable<T> work) {
            var result = new FutureTask<>(work);
            return new Running<>(threads(isVirtual).start(result), result);
        }

        T get() throws Exception {
            return result.get();
        }

        Throwable failure() throws InterruptedException {
            try {
                throw new AssertionError("did not fail: " + result.get());
            } catch (ExecutionException e) {
                return e.getCause();
            }
        }
    }

    /// Starts work, and returns when it is about to wait in the `nth` call of a C function.
    static <T> Running<T> startWaiting(
            boolean isVirtual, String function, int nth, Callable<T> work)
            throws InterruptedException {
        var waits = new CountDownLatch(1);
        try (var _ = Faults.before(function, nth, waits::countDown)) {
            var running = Running.start(isVirtual, work);
            waits.await();
            return running;
        }
    }

    static <T> Running<T> startWaiting(boolean isVirtual, Callable<T> work)
            throws InterruptedException {
        return startWaiting(isVirtual, "ppoll", 1, work);
    }
}
