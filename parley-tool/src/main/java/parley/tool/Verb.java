package parley.tool;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import parley.tool.demo.DemoCommand;
import parley.tool.object.CreateCommand;
import parley.tool.object.RemoveCommand;
import parley.tool.object.SemaphoreCommand;
import parley.tool.object.SetCommand;
import parley.tool.object.WithCommand;
import parley.tool.signal.ListenCommand;
import parley.tool.signal.SignalCommand;
import parley.tool.talk.BridgeCommand;
import parley.tool.talk.CallCommand;
import parley.tool.talk.ReceiveCommand;
import parley.tool.talk.SendCommand;

/// One word of the command: its name, where it stands in the overview, one line about it, and how
/// its picocli command is made; other names that it is known by. Only the verb that was asked for
/// is ever made, because building a picocli model costs milliseconds.
record Verb(
        String name,
        String synopsis,
        Group group,
        String summary,
        Supplier<Object> command,
        List<String> aliases) {
    /// The headings of the overview, in their order.
    enum Group {
        LOOK,
        TALK,
        MAKE,
        MEASURE,
        LEARN,
        CARE
    }

    private static final int TYPOS_MAX = 2;

    Verb(String name, String synopsis, Group group, String summary, Supplier<Object> command) {
        this(name, synopsis, group, summary, command, List.of());
    }

    /// Every verb there is; help, completion and suggestions come from here.
    static final List<Verb> ALL =
            List.of(
                    new Verb(
                            "show",
                            "ADDRESS|PID",
                            Group.LOOK,
                            "show an object, or what a process does with signals",
                            ShowCommand::new),
                    new Verb(
                            "send",
                            "ADDRESS [TEXT]",
                            Group.TALK,
                            "send a text, a file or standard input",
                            SendCommand::new),
                    new Verb(
                            "receive",
                            "ADDRESS",
                            Group.TALK,
                            "print what comes, and say who sent it",
                            ReceiveCommand::new),
                    new Verb(
                            "call",
                            "ADDRESS [TEXT]",
                            Group.TALK,
                            "ask a server, and print its reply",
                            CallCommand::new),
                    new Verb(
                            "bridge",
                            "A B",
                            Group.TALK,
                            "connect two addresses, both ways",
                            BridgeCommand::new),
                    new Verb(
                            "sem",
                            "wait|post|... ADDRESS",
                            Group.TALK,
                            "take and give permits of a semaphore",
                            SemaphoreCommand::new),
                    new Verb(
                            "with",
                            "ADDRESS -- COMMAND",
                            Group.TALK,
                            "run a command while a semaphore is held",
                            WithCommand::new),
                    new Verb(
                            "signal",
                            "PID [SIG [VALUE]]",
                            Group.TALK,
                            "send a signal, or ask what it would do",
                            SignalCommand::new,
                            List.of("kill")),
                    new Verb(
                            "listen",
                            "SIG...",
                            Group.TALK,
                            "receive signals, and say who sent them",
                            ListenCommand::new),
                    new Verb(
                            "create",
                            "ADDRESS",
                            Group.MAKE,
                            "make an object that stays",
                            CreateCommand::new),
                    new Verb(
                            "set",
                            "ADDRESS KEY=VALUE...",
                            Group.MAKE,
                            "change what one is like",
                            SetCommand::new),
                    new Verb(
                            "remove",
                            "ADDRESS...",
                            Group.MAKE,
                            "remove objects",
                            RemoveCommand::new),
                    new Verb(
                            "demo",
                            "[FILE]",
                            Group.LEARN,
                            "let two processes talk over every mechanism",
                            DemoCommand::new),
                    new Verb("version", "", Group.CARE, "print the version", VersionCommand::new));

    static Optional<Verb> named(String word) {
        return ALL.stream().filter(verb -> verb.isNamed(word)).findFirst();
    }

    private boolean isNamed(String word) {
        return name.equals(word) || aliases.contains(word);
    }

    /// The verbs a mistyped word may have meant, nearest first.
    static List<String> near(String word) {
        var typed = word.toLowerCase(Locale.ROOT);
        record Guess(String name, int typos) {}

        var guesses = new ArrayList<Guess>();
        for (var verb : ALL) {
            int typos = verb.name.startsWith(typed) ? 0 : typos(typed, verb.name);
            if (typos <= Math.min(TYPOS_MAX, verb.name.length() / 2)) {
                guesses.add(new Guess(verb.name, typos));
            }
        }
        guesses.sort((a, b) -> Integer.compare(a.typos, b.typos));
        return guesses.stream().map(Guess::name).toList();
    }

    /// How many letters must be inserted, dropped, changed or swapped with their neighbour.
    static int typos(String a, String b) {
        var beforeLast = new int[b.length() + 1];
        var last = new int[b.length() + 1];
        var row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            var free = beforeLast;
            beforeLast = last;
            last = row;
            row = free;
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                row[j] = Math.min(last[j - 1] + change, 1 + Math.min(last[j], row[j - 1]));
                if (i > 1
                        && j > 1
                        && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1)) {
                    row[j] = Math.min(row[j], 1 + beforeLast[j - 2]);
                }
            }
        }
        return row[b.length()];
    }
}
