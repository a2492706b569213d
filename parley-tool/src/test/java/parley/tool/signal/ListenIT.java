package parley.tool.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import parley.os.Credentials;
import parley.peer.Command;
import parley.peer.Peer;
import parley.signal.Signal;
import parley.signal.Signals;
import parley.tool.demo.Packaged;

/// `parley listen` as its user sees it: lines, commands, ends, and on a terminal.
@Timeout(120)
class ListenIT {
    private static final String COLUMNS = "SIGNAL\tCODE\tPID\tUID\tCOMMAND\tVALUE";
    private static final long OWN_PID = ProcessHandle.current().pid();

    /// It listens when this returns.
    private static Peer listen(String... arguments) throws IOException {
        var words = new ArrayList<>(Packaged.AS_A_JOB);
        words.addAll(Packaged.command("listen"));
        words.addAll(List.of(arguments));
        var peer = Peer.start(words);
        var first = peer.line();
        assertTrue(first.startsWith("process " + peer.pid() + " listens to {"), first);
        return peer;
    }

    @Test
    void aLineSaysWhoSentWhat() throws Exception {
        try (var parley = listen("USR1", "RTMIN+3", "-c", "3")) {
            Signals.send(parley.pid(), Signal.USR1);
            assertEquals(COLUMNS, parley.line());
            assertTrue(parley.line().startsWith("SIGUSR1\tSI_USER\t" + OWN_PID + "\t"));
            Signals.send(parley.pid(), Signal.realTime(3), -5);
            var queued = parley.line();
            assertTrue(queued.startsWith("SIGRTMIN+3\tSI_QUEUE\t" + OWN_PID + "\t"), queued);
            assertTrue(queued.endsWith("\t-5"), queued);
            Command.output("kill", "-USR1", "" + parley.pid());
            var gone = parley.line();
            assertTrue(gone.endsWith("\t-") && gone.contains("SI_USER"), gone);
            assertEquals("", parley.rest());
            assertEquals(0, parley.exitCode());
        }
    }

    @Test
    void jsonHasNumbersAsNumbers() throws Exception {
        try (var parley = listen("RTMIN+3", "-c1", "-J")) {
            Signals.send(parley.pid(), Signal.realTime(3), Long.MIN_VALUE);
            var line = parley.line();
            var expected =
                    "{\"schema\":\"parley/1\",\"signal\":\"SIGRTMIN+3\",\"number\":37,"
                            + "\"code\":\"SI_QUEUE\",\"pid\":%d,\"uid\":%d,\"value\":%d,"
                                    .formatted(OWN_PID, ownUid(), Long.MIN_VALUE)
                            + "\"command\":\"java\"}";
            assertTrue(sameProperties(expected, line), line);
            assertEquals(0, parley.exitCode());
        }
    }

    private static long ownUid() {
        return Credentials.own().uid();
    }

    private static boolean sameProperties(String expected, String line) {
        return sorted(expected).equals(sorted(line));
    }

    private static List<String> sorted(String object) {
        return List.of(object.substring(1, object.length() - 1).split(",", -1)).stream()
                .sorted()
                .toList();
    }

    @Test
    void theTimeEndsIt() throws Exception {
        try (var parley = listen("USR1", "--timeout", "10ms")) {
            assertEquals(COLUMNS, parley.line());
            assertEquals(124, parley.exitCode());
        }
    }

    @Test
    void aCommandRunsForEachWithWhatIsKnown() throws Exception {
        var command = "echo $PARLEY_SIGNAL $PARLEY_PID ${PARLEY_UID:-?} ${PARLEY_VALUE:-none}";
        try (var parley = listen("USR1", "RTMIN+3", "-c2", "--exec", command + "; exit 3")) {
            assertEquals(COLUMNS, parley.line());
            Signals.send(parley.pid(), Signal.USR1);
            parley.line();
            assertEquals("USR1 " + OWN_PID + " " + ownUid() + " none", parley.line());
            assertTrue(parley.line().endsWith(": exited with 3"));
            Signals.send(parley.pid(), Signal.realTime(3), 42);
            parley.line();
            assertEquals("RTMIN+3 " + OWN_PID + " " + ownUid() + " 42", parley.line());
            assertTrue(parley.line().endsWith(": exited with 3"));
            assertEquals(0, parley.exitCode());
        }
    }

    @ParameterizedTest
    @CsvSource({"TERM, 143", "INT, 130", "HUP, 129", "QUIT, 131"})
    void itEndsByWhatItDoesNotListenTo(String name, int status) throws Exception {
        try (var parley = listen("USR1")) {
            Signals.send(parley.pid(), Signal.named(name).orElseThrow());
            assertEquals(COLUMNS, parley.rest());
            assertEquals(status, parley.exitCode());
        }
    }

    /// As a shell's loop around it wants to know; the status alone would be that of an exit.
    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT", "HUP", "QUIT"})
    void itEndsByTheSignalItself(String name) throws Exception {
        var script =
                """
                import subprocess, sys
                child = subprocess.Popen(sys.argv[2:], stdout=subprocess.PIPE)
                child.stdout.readline()
                child.send_signal(int(sys.argv[1]))
                print(-child.wait())
                """;
        int number = Signal.named(name).orElseThrow().number();
        var words = new ArrayList<>(Packaged.AS_A_JOB);
        words.addAll(List.of("python3", "-c", script, "" + number));
        words.addAll(Packaged.command("listen", "USR1"));
        try (var python = Peer.start(words)) {
            awaitLine(python, "listens to {USR1}");
            assertEquals("" + number, python.line());
        }
    }

    @Test
    void whatItListensToDoesNotEndIt() throws Exception {
        try (var parley = listen("TERM", "INT", "HUP", "QUIT", "-c4")) {
            assertEquals(COLUMNS, parley.line());
            for (var name : List.of("TERM", "INT", "HUP", "QUIT")) {
                Signals.send(parley.pid(), Signal.named(name).orElseThrow());
                assertTrue(parley.line().startsWith("SIG" + name + "\tSI_USER\t"));
            }
            assertEquals(0, parley.exitCode());
        }
    }

    @Test
    void itsEndIsThatOfItsCommands() throws Exception {
        try (var parley = listen("USR1", "--exec", "echo $$; sleep 1000; echo not this")) {
            assertEquals(COLUMNS, parley.line());
            Signals.send(parley.pid(), Signal.USR1);
            parley.line();
            var shell = ProcessHandle.of(Long.parseLong(parley.line())).orElseThrow();
            var family = new ArrayList<ProcessHandle>(List.of(shell));
            while (family.size() < 2) { // the shell has not started it yet
                shell.descendants().forEach(family::add);
            }
            Signals.send(parley.pid(), Signal.TERM);
            assertEquals("", parley.rest()); // which ends when none of them has it open
            assertEquals(143, parley.exitCode());
            for (var process : family) {
                var _ = process.onExit().join();
            }
        }
    }

    // On a terminal.

    @ParameterizedTest
    @CsvSource({"3, 130", "28, 131"})
    void ctrlCAndCtrlBackslashEndIt(int key, int status) throws Exception {
        try (var terminal = onTerminal(quoted(Packaged.command("listen", "USR1")))) {
            awaitLine(terminal, "listens to {USR1}");
            awaitLine(terminal, "SIGNAL ");
            terminal.tell(Character.toString(key));
            assertTrue(!terminal.rest().contains("Full thread dump"));
            assertEquals(status, terminal.exitCode());
        }
    }

    @Test
    void ctrlZStopsItAndWhatComesMeanwhileIsKept() throws Exception {
        try (var terminal = onTerminal("bash --norc --noprofile -i")) {
            terminal.tell(quoted(Packaged.command("listen", "USR1", "-c1")) + "; echo status $?");
            awaitLine(terminal, "listens to {USR1}");
            awaitLine(terminal, "SIGNAL ");
            terminal.tell("\u001a");
            awaitLine(terminal, "Stopped");
            terminal.tell("kill -USR1 %1; fg; echo then $?");
            awaitLine(terminal, "SIGUSR1 ");
            awaitLine(terminal, "then 0");
            terminal.tell("exit");
            assertEquals(0, terminal.exitCode());
        }
    }

    private static Peer onTerminal(String command) throws IOException {
        var words = new ArrayList<>(Packaged.AS_A_JOB);
        words.addAll(List.of("script", "--quiet", "--return", "--command", command, "/dev/null"));
        return Peer.start(words);
    }

    private static String quoted(List<String> words) {
        return "'" + String.join("' '", words) + "'";
    }

    private static void awaitLine(Peer terminal, String part) throws IOException {
        var line = terminal.line();
        while (!line.contains(part) || line.contains("echo ")) { // what is typed comes back
            assertTrue(!line.equals("null"), "it ended before it said: " + part);
            line = terminal.line();
        }
    }
}
