package parley.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.os.FileMode;
import parley.os.NotFoundException;
import parley.os.NotPermittedException;
import parley.peer.Command;
import parley.peer.Peer;
import parley.signal.Signal;
import parley.signal.SignalMask;
import parley.signal.SignalSet;
import parley.signal.Signals;
import parley.sysv.IpcKey;
import parley.sysv.SysvSemaphoreSet;

/// JVMs that become programs, seen from outside.
@Timeout(120)
class ExecTest {
    private static final String AS_STARTED =
            "ulimit -Sn 200; exec 5</dev/null; exec env --default-signal --block-signal=WINCH"
                    + " --ignore-signal=HUP";
    private static final String LOOK =
            """
            import os, resource, sys
            print(os.getpid())
            status = dict(l.split(':') for l in open('/proc/self/status'))
            libc = 3 << 31 # signals 32 and 33 are its own
            for line in 'SigBlk', 'SigIgn':
                print(line, hex(int(status[line], 16) & ~libc))
            print(sorted(os.listdir('/proc/self/fd')), resource.getrlimit(resource.RLIMIT_NOFILE))
            sys.exit(7)
            """;

    /// Takes a permit of a semaphore set, and becomes what the other words say.
    static final class Becoming {
        private Becoming() {}

        static void main(String[] arguments) throws Exception {
            var kind = ThreadKind.valueOf(arguments[0]);
            int id = Integer.parseInt(arguments[1]);
            var words = List.of(arguments).subList(2, arguments.length);
            var builder = kind == ThreadKind.PLATFORM ? Thread.ofPlatform() : Thread.ofVirtual();
            var thread = builder.start(() -> become(id, words));
            thread.join();
        }

        private static void become(int id, List<String> words) {
            try (var set = SysvSemaphoreSet.openById(id)) {
                set.operations().acquire(0, 1).undo().perform();
                Exec.become(words);
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private SysvSemaphoreSet set;

    @BeforeEach
    void create() throws Exception {
        set = SysvSemaphoreSet.create(IpcKey.PRIVATE, FileMode.OWNER_ONLY, 1);
    }

    @AfterEach
    void remove() throws Exception {
        set.remove();
        set.close();
    }

    private Peer start(ThreadKind kind, String... program) throws Exception {
        var options = List.of("-Xrs", "-XX:-MaxFDLimit", "-XX:+UseSerialGC", "-XX:-UsePerfData");
        var arguments = new ArrayList<>(List.of(kind.name(), "" + set.id()));
        arguments.addAll(List.of(program));
        var all = arguments.toArray(String[]::new);
        return Peer.start(before(AS_STARTED, Command.javaWith(options, Becoming.class, all)));
    }

    private static List<String> before(String script, List<String> program) {
        var words = new ArrayList<>(List.of("sh", "-c", script + " \"$@\"", "sh"));
        words.addAll(program);
        return words;
    }

    @ParameterizedTest
    @EnumSource
    void theProgramIsTheSameProcessAndFindsWhatItWouldHaveWithoutUs(ThreadKind kind)
            throws Exception {
        var look = List.of("python3", "-c", LOOK);
        try (var without = Peer.start(before(AS_STARTED, look));
                var program = start(kind, look.toArray(String[]::new))) {
            assertEquals("" + without.pid(), without.line());
            assertEquals("" + program.pid(), program.line());
            var expected = without.rest();
            assertTrue(expected.contains("SigBlk 0x8000000\n"), expected);
            assertTrue(expected.contains("'5'") && expected.contains("(200, "), expected);
            assertEquals(expected.replace(", '5'", ""), program.rest());
            assertEquals(7, program.exitCode());
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatTheKernelUndoesIsUndoneWhenTheProgramIsKilled(ThreadKind kind) throws Exception {
        try (var program = start(kind, "sh", "-c", "echo $$; exec sleep 999")) {
            assertEquals("" + program.pid(), program.line());
            assertFalse(set.operations().acquire(0, 1).tryPerform());
            Signals.send(program.pid(), Signal.KILL);
            set.operations().acquire(0, 1).perform();
            assertEquals(137, program.exitCode());
        }
    }

    @Test
    void aProgramThatCannotBeLeavesAllAsItWas(@TempDir Path directory) throws Exception {
        var file = Files.writeString(directory.resolve("program"), "exit 0");
        Files.setPosixFilePermissions(file, Set.of(PosixFilePermission.OWNER_READ));
        var winch = SignalSet.of(Signal.WINCH);
        var before = SignalMask.block(winch);
        try {
            var e =
                    assertThrows(
                            NotFoundException.class,
                            () -> Exec.become(List.of("parley-no-such-program")));
            assertTrue(e.getMessage().contains("there is no program parley-no-such-program"));
            assertThrows(NotPermittedException.class, () -> Exec.become(List.of(file.toString())));
            assertTrue(SignalMask.get().contains(Signal.WINCH));
        } finally {
            SignalMask.set(before);
        }
        assertThrows(IllegalArgumentException.class, () -> Exec.become(List.of()));
        assertThrows(IllegalArgumentException.class, () -> Exec.become(List.of("a\0b")));
    }
}
