package parley.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parley.os.Credentials;
import parley.peer.Command;
import parley.peer.Peer;

/// Signals to a JVM that has other things to do, with every collector and in every mode; from C and
/// from Python. As many as `-Dparley.signals=N` says.
@Timeout(300)
final class BusyJvmTest {
    private static final int COUNT = Integer.getInteger("parley.signals", 20_000);

    private static final String C_SENDER =
            """
            #include <errno.h>
            #include <sched.h>
            #include <signal.h>
            #include <stdlib.h>
            int main(int argc, char **argv) {
                int pid = atoi(argv[1]), count = atoi(argv[3]);
                for (int i = 0; i < count; i++) {
                    union sigval value = { .sival_int = i };
                    while (sigqueue(pid, atoi(argv[2]), value) < 0) {
                        if (errno != EAGAIN) return 1;
                        sched_yield();
                    }
                    for (int k = 4; k < argc; k++) kill(pid, atoi(argv[k]));
                }
                return 0;
            }
            """;

    private static final String PYTHON_SENDER =
            """
            import ctypes, errno, os, sys
            libc = ctypes.CDLL(None, use_errno=True)
            libc.sigqueue.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_void_p]
            pid, number, count = map(int, sys.argv[1:])
            for i in range(count):
                while libc.sigqueue(pid, number, i) < 0:
                    if ctypes.get_errno() != errno.EAGAIN:
                        sys.exit(1)
                    os.sched_yield()
            """;

    private static String sender;

    @BeforeAll
    static void compile(@TempDir(cleanup = org.junit.jupiter.api.io.CleanupMode.NEVER) Path folder)
            throws Exception {
        sender = Command.compile(folder, "sender", C_SENDER);
    }

    private static Peer start(List<String> options, String... arguments) throws Exception {
        var peer = Peer.start(Command.javaWith(options, BusyJvm.class, arguments));
        assertEquals("ready", peer.line());
        return peer;
    }

    private static String[] sent(Peer peer, int count) {
        return new String[] {"" + peer.pid(), "" + Signal.realTime(3).number(), "" + count};
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-XX:+UseG1GC",
                "-XX:+UseParallelGC",
                "-XX:+UseZGC",
                "-Xint",
                "-Xrs",
                "-Xcheck:jni"
            })
    void everySignalOfACProgramComesInOrder(String option) throws Exception {
        try (var peer = start(List.of(option), "ordered", "" + COUNT)) {
            var words = new ArrayList<>(List.of(sender));
            words.addAll(List.of(sent(peer, COUNT)));
            var c = new ProcessBuilder(words).inheritIO().start();
            var from = new SignalInfo.Sender((int) c.pid(), Credentials.own().uid());
            assertEquals(COUNT + " in order from " + from, peer.line());
            assertEquals("over", peer.rest());
            assertEquals(0, peer.exitCode());
        }
    }

    @Test
    void everySignalOfAPythonProgramComesInOrder() throws Exception {
        try (var peer = start(List.of(), "ordered", "" + COUNT)) {
            var words = new ArrayList<>(List.of("python3", "-c", PYTHON_SENDER));
            words.addAll(List.of(sent(peer, COUNT)));
            var python = new ProcessBuilder(words).inheritIO().start();
            var from = new SignalInfo.Sender((int) python.pid(), Credentials.own().uid());
            assertEquals(COUNT + " in order from " + from, peer.line());
            assertEquals("over", peer.rest());
            assertEquals(0, peer.exitCode());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-XX:+UseG1GC", "-Xint"})
    void aStormOfAllKindsHarmsNobody(String option) throws Exception {
        try (var peer = start(List.of(option), "mixed", "" + COUNT)) {
            var words = new ArrayList<>(List.of(sender));
            words.addAll(List.of(sent(peer, COUNT)));
            for (var signal : List.of(Signal.USR1, Signal.CHLD, Signal.WINCH, Signal.HUP)) {
                words.add("" + signal.number());
            }
            var c = new ProcessBuilder(words).inheritIO().start();
            assertEquals(COUNT + " and others", peer.line());
            c.waitFor(); // may send to nobody in the end
            assertEquals(0, peer.exitCode());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-XX:+UseG1GC", "-XX:+UseZGC", "-Xint"})
    void noThreadIsEverLeftOut(String option) throws Exception {
        int rounds = 20;
        var words = Command.javaWith(List.of(option), BusyJvm.class, "swept", "" + rounds);
        assertEquals("swept " + rounds, Command.output(words));
    }

    @Test
    void aChainOfThreadsDoesNotEscape() throws Exception {
        var words = Command.javaWith(List.of(), BusyJvm.class, "relayed", "5");
        assertEquals("relayed 5", Command.output(words));
    }

    @Test
    void aThreadMayHaveAnyName() throws Exception {
        var words = Command.javaWith(List.of(), BusyJvm.class, "named");
        assertEquals("named SIGUSR1", Command.output(words));
    }

    @Test
    void whatFailsForWantOfDescriptorsLeavesNothingBlocked() throws Exception {
        var words = new ArrayList<>(List.of("prlimit", "--nofile=200:200"));
        words.addAll(Command.javaWith(List.of(), BusyJvm.class, "crowded"));
        assertEquals("crowded true", Command.output(words));
    }

    @Test
    void whatWasBlockedFromTheStartStaysBlocked() throws Exception {
        var words = new ArrayList<>(List.of("env", "--block-signal=USR1"));
        words.addAll(Command.javaWith(List.of(), BusyJvm.class, "born"));
        assertEquals("born true", Command.output(words));
    }

    /// A standard signal makes the threads look, which needs no place in the queue.
    @Test
    void aFullQueueStopsNobody() throws Exception {
        var words = new ArrayList<>(List.of("prlimit", "--sigpending=0:0"));
        words.addAll(Command.javaWith(List.of(), BusyJvm.class, "swept", "3"));
        assertEquals("swept 3", Command.output(words));
    }

    @Test
    @DisplayName("SIG-030 whoever ignores SIGCHLD has no children to wait for")
    void whoeverIgnoresSigchldHasNoChildrenToWaitFor() throws Exception {
        var words = Command.javaWith(List.of(), BusyJvm.class, "childless");
        assertEquals("ECHILD", Command.output(words));
    }

    @Test
    void theProfilerOfTheJdkStillWorks() throws Exception {
        var words = Command.javaWith(List.of(), BusyJvm.class, "profiled");
        assertEquals("sampled true", Command.output(words));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT", "HUP"})
    void aShutdownHookKnowsWhoWantedIt(String name) throws Exception {
        var signal = Signal.named(name).orElseThrow();
        assumeTrue(SignalAction.of(signal).isHandler(), signal + " is ignored here");
        try (var peer = start(List.of(), "shutdown")) {
            var kill = new ProcessBuilder("sh", "-c", "kill -" + name + " " + peer.pid()).start();
            var hook = peer.line();
            var from = new SignalInfo.Sender((int) kill.pid(), Credentials.own().uid());
            assertTrue(hook.contains(from.toString()), hook);
            assertTrue(hook.contains("SIG" + name), hook);
            assertEquals(128 + signal.number(), peer.exitCode());
        }
    }
}
