package parley.tool.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import parley.os.Credentials;
import parley.peer.OtherUser;
import parley.peer.Peer;
import parley.signal.Signal;
import parley.signal.SignalReceiver;
import parley.tool.demo.Packaged;
import parley.tool.demo.Packaged.Result;

/// `parley signal` and `parley show` as their user sees them.
@Timeout(120)
class SignalCommandIT {
    private static final Signal QUEUEING = Signal.realTime(3);

    private static Result parley(String... arguments) throws Exception {
        return Packaged.run(Packaged.command(arguments));
    }

    private static void assertSilentlyOk(Result result) {
        assertEquals(new Result(0, "", ""), result);
    }

    /// Forms of one command line, `%` for the process; and what comes: signal, code, value.
    @ParameterizedTest
    @CsvSource({
        "signal %, 15, 0, 0",
        "kill %, 15, 0, 0",
        "signal % USR1, 10, 0, 0",
        "signal % SIGUSR1, 10, 0, 0",
        "signal % 10, 10, 0, 0",
        "signal % usr1 42, 10, -1, 42",
        "signal % RTMIN+3, 37, -1, 0",
        "signal % rtmin+3 0xffffffffffffffff, 37, -1, -1",
        "signal % RTMIN+3 -q=-7, 37, -1, -7",
        "kill -USR1 %, 10, 0, 0",
        "kill -10 %, 10, 0, 0",
        "kill -SIGRTMIN+3 %, 37, -1, 0",
        "kill -s USR1 %, 10, 0, 0",
        "kill -n 10 %, 10, 0, 0",
        "kill -USR1 -q 5 %, 10, -1, 5",
        "signal % USR1 --thread %, 10, 0, 0",
        "signal % RTMIN+3 8 --thread %, 37, -1, 8"
    })
    void everyFormSendsWhatItSays(String form, int number, int code, long value) throws Exception {
        try (var receiver = SignalReceiver.start(Signal.TERM, Signal.USR1, QUEUEING)) {
            assertSilentlyOk(parley(form.replace("%", "" + receiver.pid()).split(" ", -1)));
            var received = receiver.next();
            assertEquals(
                    List.of(number, code, value),
                    List.of(received.number(), received.code(), received.value()));
        }
    }

    @Test
    void killsFormTakesSeveralAndGoesOnAfterAFailure() throws Exception {
        try (var first = SignalReceiver.start(Signal.USR1);
                var second = SignalReceiver.start(Signal.USR1)) {
            var none = "" + Integer.MAX_VALUE;
            var result = parley("kill", "-USR1", "" + first.pid(), none, "" + second.pid());
            assertEquals(Signal.USR1.number(), first.next().number());
            assertEquals(Signal.USR1.number(), second.next().number());
            assertEquals(3, result.status());
            assertEquals(1, result.err().lines().count(), result.err());
            assertTrue(result.err().contains("there is no such process"), result.err());
        }
    }

    @Test
    void signalZeroSendsNothing() throws Exception {
        try (var cat = Peer.start(List.of("cat"))) {
            for (var form : List.of("kill -0", "kill -s 0", "kill -n 0")) {
                var words = new ArrayList<>(List.of(form.split(" ", -1)));
                words.add("" + cat.pid());
                assertSilentlyOk(parley(words.toArray(String[]::new)));
            }
            assertSilentlyOk(parley("signal", "" + cat.pid(), "0"));
            assertSilentlyOk(parley("kill", "-0", "" + cat.pid(), "--thread", "" + cat.pid()));
            assertEquals(3, parley("kill", "-0", "" + cat.pid(), "--thread", "1").status());
            cat.tell("alive");
            assertEquals("alive", cat.line());
        }
        assertEquals(3, parley("kill", "-0", "" + Integer.MAX_VALUE).status());
        assertEquals(3, parley("kill", "-0", "--", "-" + Integer.MAX_VALUE).status());
    }

    @Test
    void aGroupStandsBehindTwoDashes() throws Exception {
        var words = List.of("setsid", "sh", "-c", "sleep 1000 & echo ready; wait");
        try (var shell = Peer.start(words)) {
            assertEquals("ready", shell.line());
            assertSilentlyOk(parley("kill", "-KILL", "--", "-" + shell.pid()));
            assertEquals("", shell.rest()); // nobody has its output open any more
            assertEquals(137, shell.exitCode());
        }
    }

    @Test
    void theListHasNumberNameActionAndMeaning() throws Exception {
        var all = parley("kill", "-l").lines();
        assertEquals("NUMBER\tNAME\tACTION\tMEANING", all.getFirst());
        assertEquals(1 + 64, all.size());
        assertEquals("2\tINT\tTerm\tCtrl-C", all.get(2));
        var some = parley("kill", "-l", "9", "137", "term", "-J");
        assertTrue(some.out().startsWith("{\"schema\":\"parley/1\",\"signals\":[{\"number\":9,"));
        assertEquals(3, some.out().split("\"signal\":", -1).length - 1);
    }

    @Test
    void aCheckSaysWhatWouldHappenAndSendsNothing() throws Exception {
        try (var cat = Peer.start(List.of("cat"))) {
            var said = parley("signal", "" + cat.pid(), "HUP", "--check");
            assertEquals(0, said.status());
            assertEquals("effect\tdefault action: Term", said.lines().get(2));
            assertEquals("blocked\t0 of 1 threads", said.lines().get(3));
            cat.tell("alive");
            assertEquals("alive", cat.line());
        }
    }

    @Test
    void aCheckSeesBlockedAndPending() throws Exception {
        var script =
                """
                import signal, os, sys
                signal.signal(signal.SIGALRM, print)
                signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
                os.kill(os.getpid(), signal.SIGUSR1)
                print("ready", flush=True)
                sys.stdin.read()
                """;
        try (var python = Peer.start(List.of("python3", "-c", script))) {
            assertEquals("ready", python.line());
            var pid = "" + python.pid();
            var lines = parley("signal", pid, "USR1", "--check").lines();
            assertEquals("effect\twaits: every thread has it blocked", lines.get(2));
            assertEquals("blocked\t1 of 1 threads", lines.get(3));
            assertEquals("pending\tyes; one that is sent now is lost", lines.get(4));
            var json = parley("signal", pid, "ALRM", "--check", "--json").out();
            assertTrue(json.contains("\"effect\":\"caught\""), json);
            assertTrue(json.contains("\"permitted\":true"), json);
            var table = parley("show", pid, "--signals");
            assertTrue(
                    table.out().contains("10\tUSR1\tdefault (Term)\tall threads\tprocess\n"),
                    table.out());
            assertTrue(table.out().contains("14\tALRM\tcaught\t-\t-\n"), table.out());
            assertTrue(table.out().contains("13\tPIPE\tignored\t-\t-\n"), table.out());
            var document = parley("show", pid, "--signals", "-J").out();
            assertTrue(document.contains("\"pending\":[\"SIGUSR1\"],\"threads\":["), document);
        }
    }

    @Test
    void whatIsNotThereIsNotFound() throws Exception {
        var none = "" + Integer.MAX_VALUE;
        assertEquals(3, parley("show", none, "--signals").status());
        assertEquals(3, parley("signal", none, "TERM", "--check").status());
        assertEquals(3, parley("signal", none, "TERM").status());
    }

    @Test
    void anotherUserIsNotPermittedAndToldWhy() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root can become another user");
        OtherUser.assumeItCanRead(OtherUser.NOBODY, System.getProperty("parley.module.path"));
        try (var cat = Peer.start(List.of("cat"))) {
            for (var more : List.of("-v", "--check")) {
                var words = new ArrayList<>(OtherUser.NOBODY);
                words.addAll(Packaged.command("signal", "" + cat.pid(), "TERM", more));
                var result = Packaged.run(words);
                assertEquals(4, result.status());
                var said = more.equals("-v") ? result.err() : result.out();
                assertTrue(
                        said.contains(
                                "permitted\tno: a process of uid 65534 does not signal one of"),
                        said);
            }
        }
    }
}
