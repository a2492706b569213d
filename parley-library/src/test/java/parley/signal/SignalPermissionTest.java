package parley.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.os.Credentials;
import parley.peer.Command;
import parley.peer.OtherUser;
import parley.peer.Peer;
import parley.signal.SignalPermission.Rule;

/// What is foretold about permission, and what the kernel then does.
@Timeout(120)
final class SignalPermissionTest {
    private static final String TO_ROOT = "a process of uid 65534 does not signal one of uid 0: ";
    private static final String WOULD_HAVE_TO =
            "its real or effective uid would have to be that process's real or saved one, or it"
                    + " would have to have CAP_KILL";

    @Test
    void aProcessMaySignalItself() throws Exception {
        var permission = Signals.maySignal(ProcessHandle.current().pid());
        assertTrue(permission.isGranted());
        assertEquals(Rule.SAME_PROCESS, permission.rule());
    }

    @Test
    void aUserMaySignalItsOwn() throws Exception {
        try (var cat = Peer.start(List.of("cat"))) {
            var permission = Signals.maySignal(cat.pid(), Signal.TERM);
            assertEquals(Rule.SAME_USER, permission.rule());
            long uid = Credentials.own().uid();
            assertEquals(
                    "a process of uid %d signals one of uid %d".formatted(uid, uid),
                    permission.explanation());
        }
    }

    @Test
    void rootMaySignalEverybody() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root can start what is another user's");
        try (var cat = Peer.start(with(OtherUser.NOBODY, "cat"))) {
            assertEquals(
                    "true: CAPABILITY: this process has CAP_KILL, and so signals one of uid 65534",
                    Signals.maySignal(awaitUser(cat, 65534)).toString());
        }
    }

    private static List<String> with(List<String> before, String... words) {
        var all = new ArrayList<>(before);
        all.addAll(List.of(words));
        return all;
    }

    private static List<String> asUser(String... setpriv) {
        return with(with(List.of("setpriv", "--clear-groups"), setpriv), "cat");
    }

    /// The program that changes its user has done so.
    private static long awaitUser(Peer peer, long uid) throws Exception {
        peer.tell("ready");
        assertEquals("ready", peer.line());
        assertEquals(uid, ProcessSignals.of(peer.pid()).uid());
        return peer.pid();
    }

    /// What a sender says about these receivers: for each, SIGURG, then SIGCONT.
    private static List<String> ask(List<String> sender, long... pids) throws Exception {
        var words = OtherSender.command(sender, "ask");
        for (long pid : pids) {
            words.add("" + pid);
        }
        var said = Command.output(words).lines().toList();
        for (var line : said) {
            assertTrue(line.matches("(true true|false false): .*"), line); // as it was foretold
        }
        assertEquals(2 * pids.length, said.size());
        return said.stream().map(line -> line.replaceFirst("\\w+ ", "")).toList();
    }

    @Test
    void anotherUserMaySignalItsOwnOnly() throws Exception {
        OtherSender.assumePossible();
        try (var roots = Peer.start(List.of("setsid", "cat"));
                var own = Peer.start(asUser("--reuid=65534"));
                var real = Peer.start(asUser("--ruid=65534", "--euid=1"));
                var saved = Peer.start(asUser("--ruid=1", "--euid=65534"))) {
            var said =
                    ask(
                            OtherUser.NOBODY,
                            awaitUser(roots, 0),
                            awaitUser(own, 65534),
                            awaitUser(real, 65534),
                            awaitUser(saved, 1));
            var signals = "true: SAME_USER: a process of uid 65534 signals one of uid ";
            assertEquals(
                    List.of(
                            "false: NONE: " + TO_ROOT + WOULD_HAVE_TO,
                            "false: NONE: "
                                    + TO_ROOT
                                    + WOULD_HAVE_TO
                                    + ", or to be in the same session for SIGCONT",
                            signals + "65534",
                            signals + "65534",
                            signals + "65534 (saved: 1)",
                            signals + "65534 (saved: 1)",
                            signals + "1 (saved: 65534)",
                            signals + "1 (saved: 65534)"),
                    said);
        }
    }

    @Test
    void theSessionLetsContinueThrough() throws Exception {
        OtherSender.assumePossible();
        try (var roots = Peer.start(List.of("cat"))) { // in the session of this test
            var said = ask(OtherUser.NOBODY, awaitUser(roots, 0));
            assertEquals("false: NONE: " + TO_ROOT + WOULD_HAVE_TO, said.get(0));
            assertTrue(
                    said.get(1).startsWith("true: SAME_SESSION: SIGCONT goes to all of session"),
                    said.get(1));
        }
    }

    @Test
    void aCapabilityIsEnough() throws Exception {
        OtherSender.assumePossible();
        var capable = with(OtherUser.NOBODY, "--inh-caps=+kill", "--ambient-caps=+kill");
        try (var roots = Peer.start(List.of("setsid", "cat"))) {
            var expected =
                    "true: CAPABILITY: this process has CAP_KILL, and so signals one of uid 0";
            assertEquals(List.of(expected, expected), ask(capable, awaitUser(roots, 0)));
        }
    }

    @Test
    void aCapabilityOfAnotherUserNamespaceIsNot() throws Exception {
        OtherSender.assumePossible();
        var inside = List.of("unshare", "--user", "--map-root-user");
        assumeTrue(
                Command.run(with(inside, "true")).exitCode() == 0,
                "user namespaces cannot be made here");
        try (var others =
                Peer.start(with(List.of("setsid"), asUser("--reuid=1").toArray(new String[0])))) {
            var said = ask(inside, awaitUser(others, 1));
            assertEquals(
                    "false: NONE: a process of uid 0 does not signal one of uid 65534: its"
                            + " CAP_KILL does not count in that user namespace",
                    said.getFirst());
        }
    }
}
