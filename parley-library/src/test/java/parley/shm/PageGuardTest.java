package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parley.contract.Unique;
import parley.kernel.SignalCode;
import parley.kernel.SignalH;
import parley.memory.Mapping;
import parley.os.OsException;
import parley.peer.Command;

/// What SIGBUS does in a JVM that has opened a region: to memory that is looked after, and, as
/// before, to all other.
@Timeout(120)
class PageGuardTest {
    private static final long BYTES = 16_384;

    @TempDir Path folder;

    private Mapping mapped() throws Exception {
        return Mapping.create(folder.resolve(Unique.name("mapped")), BYTES);
    }

    private static void shorten(Mapping mapping) throws Exception {
        var file = Path.of(mapping.toString().substring("file:".length()));
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(BYTES / 2);
        }
    }

    @Test
    void whatIsGoneIsZerosAndIsTold() throws Exception {
        try (var arena = Arena.ofConfined();
                var mapping = mapped()) {
            var word = arena.allocate(JAVA_INT);
            var segment = mapping.segment().fill((byte) 1);
            int range = PageGuard.add(segment.address(), BYTES, word.address());
            shorten(mapping);
            assertEquals(0x01010101, segment.get(JAVA_INT, BYTES / 2 - 4));
            assertEquals(0, word.get(JAVA_INT, 0));
            assertEquals(0, segment.get(JAVA_INT, BYTES - 8));
            assertEquals(1, word.get(JAVA_INT, 0));
            segment.set(JAVA_INT, BYTES / 2, 7);
            assertEquals(7, segment.get(JAVA_INT, BYTES / 2));
            assertEquals(0x01010101, segment.get(JAVA_INT, 0));
            PageGuard.remove(range);
        }
    }

    @Test
    void thereIsALimit() throws Exception {
        try (var arena = Arena.ofConfined()) {
            var word = arena.allocate(JAVA_INT).address();
            var ranges = new ArrayList<Integer>();
            try {
                var refused =
                        assertThrows(
                                OsException.class,
                                () -> {
                                    for (int i = 0; i <= SignalCode.RANGES_MAX; i++) {
                                        ranges.add(PageGuard.add(4096, 0, word));
                                    }
                                });
                assertTrue(refused.getMessage().contains("4096"), refused.getMessage());
            } finally {
                ranges.forEach(PageGuard::remove);
            }
        }
    }

    /// A program that opens a region, and then accesses something else that is gone.
    static final class Elsewhere {
        @SuppressWarnings("SystemOut")
        public static void main(String[] arguments) throws Exception {
            if (List.of(arguments).contains("default")) {
                try (var arena = Arena.ofConfined()) {
                    var none = arena.allocate(SignalH.SIGACTION); // of zeros: SIG_DFL
                    int _ = SignalH.sigaction(SignalH.SIGBUS, none, MemorySegment.NULL);
                }
            }
            SharedRegion.create(arguments[1], 1, 64).close();
            SharedRegion.unlink(arguments[1]);
            var file = Path.of(arguments[0]);
            try (var mapping = Mapping.create(file, BYTES);
                    var arena = Arena.ofConfined()) {
                var word = arena.allocate(JAVA_INT);
                long address = mapping.segment().address();
                int range = PageGuard.add(address, BYTES, word.address());
                PageGuard.remove(range);
                shorten(mapping);
                try {
                    System.out.println("read " + mapping.segment().get(JAVA_INT, BYTES - 8));
                } catch (InternalError e) {
                    System.out.println("InternalError, and told " + word.get(JAVA_INT, 0));
                }
                if (arguments.length > 2) {
                    var gone = JAVA_INT.varHandle();
                    System.out.println(gone.compareAndSet(mapping.segment(), BYTES - 8, 0, 1));
                }
            }
        }
    }

    private List<String> elsewhere(String option, String... more) {
        var options = List.of(option, "-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=/dev/stdout");
        var file = folder.resolve("gone").toString();
        var arguments = new ArrayList<>(List.of(file, Unique.name("elsewhere")));
        arguments.addAll(List.of(more));
        return Command.javaWith(options, Elsewhere.class, arguments.toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-Xmixed", "-Xint", "-Xrs", "-Xcheck:jni"})
    void otherMemoryIsTheJvmsAsBefore(String option) throws Exception {
        var said = Command.output(elsewhere(option));
        assertTrue(said.contains("InternalError, and told 0"), said);
    }

    @Test
    void otherMemoryIsTheJvmsAsBeforeWithItsLibraryForSignals() throws Exception {
        var library = Path.of(System.getProperty("java.home"), "lib", "libjsig.so");
        var words = new ArrayList<>(List.of("env", "LD_PRELOAD=" + library));
        words.addAll(elsewhere("-Xmixed"));
        var said = Command.output(words);
        assertTrue(said.contains("InternalError, and told 0"), said);
    }

    @Test
    void aCrashIsReportedAsBefore() throws Exception {
        var result = Command.run(elsewhere("-Xint", "crash"));
        assertNotEquals(0, result.exitCode());
        var said = result.output();
        assertTrue(said.contains("InternalError, and told 0"), said);
        assertTrue(said.contains("SIGBUS (0x7) at pc="), said);
        assertTrue(said.contains("si_code: 2 (BUS_ADRERR)"), said);
        assertTrue(said.contains("Java frames:"), said);
    }

    @Test
    void otherMemoryEndsTheProcessWhereNobodyHasAHandler() throws Exception {
        var result = Command.run(elsewhere("-Xmixed", "default"));
        assertEquals(128 + SignalH.SIGABRT, result.exitCode(), result.output());
    }
}
