package parley.signal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import parley.os.OsException;
import parley.peer.Command;
import parley.peer.OtherUser;
import parley.process.ChildProcess;
import parley.process.Redirect;
import parley.process.Spawn;

/// A JVM of its own that sends signals: as another user, in another group, in another namespace.
final class OtherSender {
    private static final String CLASS_PATH =
            OtherUser.classPathOf(Signals.class, OtherSender.class);

    private OtherSender() {}

    /// Skips the test where there cannot be another user.
    static void assumePossible() throws IOException, InterruptedException {
        OtherUser.assumeItCanRead(OtherUser.NOBODY, CLASS_PATH);
    }

    /// The words that start it behind words that make it another user.
    static List<String> command(List<String> before, String... arguments)
            throws IOException, InterruptedException {
        assumePossible();
        return Command.java(before, CLASS_PATH, OtherSender.class, arguments);
    }

    static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "send" -> send(Long.parseLong(args[1]));
            case "ask" ->
                    Arrays.stream(args)
                            .skip(1)
                            .mapToLong(Long::parseLong)
                            .forEach(OtherSender::ask);
            case "own-group" -> withChildren(() -> Signals.sendToOwnGroup(Signal.USR1));
            case "all" -> withChildren(() -> Signals.sendToAll(Signal.USR1));
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private interface Action {
        void run() throws IOException;
    }

    private static void tell(Action action) throws IOException {
        try {
            action.run();
            System.out.println("sent");
        } catch (OsException e) {
            System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }

    private static void send(long pid) throws IOException {
        tell(() -> Signals.send(pid, Signal.KILL));
        tell(() -> Signals.send(pid, Signal.realTime(0), 1));
        tell(() -> Signals.probe(pid));
        tell(() -> Signals.sendToGroup(pid, Signal.KILL));
    }

    /// What is foretold, and then what happens, for a signal that does no harm and for SIGCONT.
    private static void ask(long pid) {
        try {
            for (var signal : new Signal[] {Signal.URG, Signal.CONT}) {
                var permission = Signals.maySignal(pid, signal);
                boolean isSent = true;
                try {
                    Signals.send(pid, signal);
                } catch (OsException _) {
                    isSent = false;
                }
                System.out.println(isSent + " " + permission);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void withChildren(Action action) throws Exception {
        var children = new ArrayList<ChildProcess>();
        for (int i = 0; i < 3; i++) {
            children.add(Spawn.command("sleep", "1000").stdin(Redirect.nothing()).start());
        }
        try (var stream = SignalStream.open(Signal.USR1)) {
            action.run();
            for (var child : children) {
                System.out.println(child.awaitExit());
            }
            System.out.println(stream.tryReceive().map(SignalInfo::signal));
        }
    }
}
