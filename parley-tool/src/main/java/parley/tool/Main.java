package parley.tool;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Properties;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// The `parley` command: finds the verb in [Verb#ALL], makes that one alone, and runs it.
///
/// The overview and the version are printed without picocli: its classes are not even loaded.
public final class Main {
    private static final int OK = 0;
    private static final int USAGE = 2;

    private static final int SUMMARY_COLUMN = 26;

    private Main() {}

    static void main(String[] args) {
        runAndExit((out, err) -> run(out, err, args));
    }

    /// What prints, and returns an exit status.
    @FunctionalInterface
    public interface Program {
        int run(PrintWriter out, PrintWriter err);
    }

    /// Runs a program on the standard streams, and ends the JVM with its status.
    public static void runAndExit(Program program) {
        // Explicit: the JDK's own default buffers nothing and follows the locale.
        var out = new PrintWriter(new StandardOutput(), false, StandardCharsets.UTF_8);
        var err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        int status;
        try {
            status = program.run(out, err);
            out.flush();
        } catch (RuntimeException | Error e) {
            status = fail("parley", e, err);
        }
        OrderlyEnd.endAsTold(); // also if standard error is a pipe that nobody reads
        err.flush();
        System.exit(status);
    }

    /// Runs one command line and returns the exit status.
    static int run(PrintWriter out, PrintWriter err, String... args) {
        if (args.length == 0) {
            err.print(overview());
            return USAGE;
        }
        var word = args[0];
        switch (word) {
            case "-h", "--help" -> {
                out.print(overview());
                return OK;
            }
            case "-V", "--version" -> {
                out.println(version());
                return OK;
            }
            case "help" -> {
                // `parley help VERB` is `parley VERB --help`
                return args.length == 1
                        ? run(out, err, "--help")
                        : run(out, err, args[1], "--help");
            }
            default -> {}
        }
        if (word.startsWith("-")) {
            err.println("parley: unknown option " + word + ": options stand after the command");
            err.println("Try 'parley --help'.");
            return USAGE;
        }
        var verb = Verb.named(word);
        if (verb.isEmpty()) {
            err.println("parley: '" + word + "' is not a command" + meant(word));
            err.println("Try 'parley --help'.");
            return USAGE;
        }
        return commandLine(verb.get(), out, err).execute(Arrays.copyOfRange(args, 1, args.length));
    }

    /// The one verb as picocli sees it, with our ways of printing and failing.
    static CommandLine commandLine(Verb verb, PrintWriter out, PrintWriter err) {
        return commandLine(verb.name(), verb.summary(), verb.command().get(), out, err);
    }

    /// The same for a verb that is a program of its own.
    public static CommandLine commandLine(
            String name, String summary, Object command, PrintWriter out, PrintWriter err) {
        var line = new CommandLine(command);
        line.setCommandName("parley " + name);
        line.getCommandSpec().mixinStandardHelpOptions(true);
        line.getCommandSpec().usageMessage().description(summary);
        line.setOut(out);
        line.setErr(err);
        line.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
        line.setParameterExceptionHandler(Main::usageError);
        line.setExecutionExceptionHandler(Main::failure);
        return line;
    }

    private static int usageError(ParameterException e, String[] args) {
        var line = e.getCommandLine();
        var err = line.getErr();
        var name = line.getCommandSpec().qualifiedName();
        err.println(name + ": " + e.getMessage());
        UnmatchedArgumentException.printSuggestions(e, err);
        err.println("Try '" + name + " --help'.");
        return USAGE;
    }

    private static int failure(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
        if (e instanceof UsageMistake mistake) {
            return usageError(new ParameterException(line, mistake.getMessage()), new String[0]);
        }
        return fail(line.getCommandSpec().qualifiedName(), e, line.getErr());
    }

    /// Tells the user, in one line, what went wrong, and returns the exit status.
    private static int fail(String name, Throwable thrown, PrintWriter err) {
        var failure = Failure.of(thrown);
        if (!failure.message().isEmpty()) {
            err.println(name + ": " + failure.message());
        }
        Failure.trace(thrown);
        return failure.status();
    }

    /// All verbs, grouped, one line each. Begins with examples, as people read those first.
    static String overview() {
        var text = new StringBuilder();
        text.append(
                """
                Examples:
                  parley demo                    two processes talk over every mechanism
                  parley demo README.md --json   your file; one JSON object per mechanism
                  parley receive unix:@a,listen  print what the client of a socket sends
                  parley bridge - tcp:host:80    talk to a server
                  parley listen USR1 HUP         who sends signals, and with which value
                  parley signal 1234 HUP         send one; parley kill -HUP 1234 is the same

                Usage: parley COMMAND [ARGUMENT...]
                """);
        for (var group : Verb.Group.values()) {
            var verbs = Verb.ALL.stream().filter(verb -> verb.group() == group).toList();
            if (verbs.isEmpty()) {
                continue;
            }
            text.append('\n').append(group).append('\n');
            for (var verb : verbs) {
                var left = (verb.name() + ' ' + verb.synopsis()).strip();
                text.append("  ").append(left);
                text.append(" ".repeat(Math.max(2, SUMMARY_COLUMN - left.length())));
                text.append(verb.summary()).append('\n');
            }
        }
        text.append(
                """

                'parley COMMAND --help' tells more about one. -V, --version prints the version.
                In a checkout: './parley verify' runs all tests, './parley format' formats,
                './parley bench waiting' measures.
                """);
        return text.toString();
    }

    /// "parley 0.1.0", from the build.
    static String version() {
        var properties = new Properties();
        try (var in = Main.class.getResourceAsStream("version.properties")) {
            if (in == null) {
                throw new IllegalStateException("version.properties is not in the jar");
            }
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return "parley " + properties.getProperty("version");
    }

    private static String meant(String word) {
        var near = Verb.near(word);
        return near.isEmpty() ? "" : "; did you mean '" + String.join("' or '", near) + "'?";
    }
}
