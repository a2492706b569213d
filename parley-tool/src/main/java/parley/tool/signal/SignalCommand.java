package parley.tool.signal;

import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import parley.signal.Signal;
import parley.tool.Failure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `parley signal`, also called `parley kill`: sends signals, and tells about them.
@Command(
        preprocessor = KillWords.class,
        footer = {
            "",
            "Examples:",
            "  parley signal 1234              SIGTERM, as kill(1)",
            "  parley signal 1234 HUP          by name; SIGHUP, hup and 1 are the same",
            "  parley signal 1234 RTMIN+3 42   with a value, as sigqueue(3)",
            "  parley kill -9 1234 1235        as kill(1): the signal first, several processes",
            "  parley kill -TERM -- -1234      all of process group 1234",
            "  parley signal 1234 HUP --check  what would it do, and is it permitted?",
            "  parley kill -0 1234             nothing is sent: is it there, and may we signal it?",
            "  parley kill -l                  all signals; parley kill -l 9: this one",
            "",
            "0 and -1, which mean the own group and every process to kill(2), are refused."
        })
public final class SignalCommand implements Callable<Integer> {
    private static final int STATUS_OF_SIGNALS = 128; // in the shell: 128 and the number
    private static final String PROBE = "0";
    private static final BigInteger VALUE_MIN = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger VALUE_END = BigInteger.ONE.shiftLeft(Long.SIZE);

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "PID",
            description = "which process; then the signal, and a value. With -s: processes only")
    private List<String> words = List.of();

    @Option(
            names = {"-s", "-n", "--signal"},
            paramLabel = "SIG",
            description = "which signal, by name or number; also -SIG as the first word")
    private @Nullable String signal;

    @Option(
            names = {"-q", "--value"},
            paramLabel = "VALUE",
            description = "a value of 64 bits to go with it: 42, 0x2a, -1")
    private @Nullable String value;

    @Option(
            names = "--thread",
            paramLabel = "TID",
            description = "to this thread of the process alone")
    private @Nullable Long thread;

    @Option(names = "--check", description = "send nothing; say what would happen")
    private boolean isCheck;

    @Option(
            names = {"-v", "--verbose"},
            description = "say what happens, on standard error, and send")
    private boolean isVerbose;

    @Option(
            names = {"-l", "-L", "--list"},
            description = "the signals: number, name, default action, meaning")
    private boolean isList;

    @Option(
            names = {"-J", "--json"},
            description = "with --list and --check: JSON")
    private boolean isJson;

    @Override
    public Integer call() throws Exception {
        if (isList) {
            SignalList.print(out(), listed(), isJson);
            return 0;
        }
        if (words.isEmpty()) {
            throw usage("which process?");
        }
        boolean isKillsForm = signal != null;
        var which = isKillsForm || words.size() == 1 ? words : words.subList(0, 1);
        if (!isKillsForm && words.size() > (value == null ? 3 : 2)) {
            throw usage("after PID, SIG and VALUE there is nothing; several PIDs need -s SIG");
        }
        var chosen = signal != null ? signal : words.size() > 1 ? words.get(1) : "TERM";
        var text = value != null || isKillsForm || words.size() < 3 ? value : words.get(2);
        var parsed = text == null ? OptionalLong.empty() : OptionalLong.of(valueOf(text));
        var recipients = which.stream().map(this::recipient).toList();
        if (parsed.isPresent()
                && recipients.stream().anyMatch(Recipient.OfGroup.class::isInstance)) {
            throw usage("a group cannot be sent a value, only a process or thread");
        }
        if (chosen.equals(PROBE)) {
            if (isCheck || isVerbose || parsed.isPresent()) {
                throw usage(
                        "signal 0 only asks whether somebody is there: no value, --check or -v");
            }
            return forEach(
                    recipients,
                    recipient -> {
                        recipient.probe();
                        return 0;
                    });
        }
        var sent = named(chosen);
        return forEach(recipients, recipient -> sendOrCheck(recipient, sent, parsed));
    }

    /// What is done with one recipient, which gives an exit status.
    private interface Action {
        int apply(Recipient recipient) throws IOException;
    }

    /// Goes on after a failure, as kill(1) does; the first one gives the exit status.
    private int forEach(List<Recipient> recipients, Action action) {
        int status = 0;
        for (var recipient : recipients) {
            int own;
            try {
                own = action.apply(recipient);
            } catch (IOException e) {
                var failure = Failure.of(e);
                Failure.trace(e);
                err().println(spec.qualifiedName() + ": " + failure.message());
                own = failure.status();
            }
            status = status == 0 ? own : status;
        }
        return status;
    }

    private int sendOrCheck(Recipient recipient, Signal chosen, OptionalLong parsed)
            throws IOException {
        if (isCheck) {
            return Check.of(recipient, chosen).print(out(), isJson);
        }
        if (isVerbose) {
            int _ = Check.of(recipient, chosen).print(err(), false);
        }
        recipient.send(chosen, parsed);
        return 0;
    }

    private List<Signal> listed() {
        if (words.isEmpty()) {
            return Signal.all();
        }
        var listed = new ArrayList<Signal>();
        for (var word : words) {
            int number = word.matches("\\d{3}") ? Integer.parseInt(word) : 0;
            boolean isStatus =
                    number > STATUS_OF_SIGNALS
                            && number <= STATUS_OF_SIGNALS + Signal.all().getLast().number();
            listed.add(isStatus ? Signal.of(number - STATUS_OF_SIGNALS) : named(word));
        }
        return listed;
    }

    private Signal named(String word) {
        try {
            return new SignalNames().convert(word);
        } catch (TypeConversionException e) {
            throw usage(e.getMessage());
        }
    }

    private Recipient recipient(String word) {
        long id = number(word);
        if (id == 0 || id == -1) {
            throw usage(
                    "'%s' would be %s; name a process or a group"
                            .formatted(word, id == 0 ? "our own group" : "every process"));
        }
        if (id > Integer.MAX_VALUE || id < -Integer.MAX_VALUE) {
            throw usage("'" + word + "' is too large for a process");
        }
        if (id < 0 && (thread != null || isCheck || isVerbose)) {
            throw usage("'" + word + "' is a group; --thread, --check and -v need a process");
        }
        if (id < 0) {
            return new Recipient.OfGroup(-id);
        }
        if (thread == null) {
            return new Recipient.OfProcess(id);
        }
        if (thread < 1 || thread > Integer.MAX_VALUE) {
            throw usage("'" + thread + "' is not a thread's number");
        }
        return new Recipient.OfThread(id, thread);
    }

    private long number(String word) {
        try {
            return Long.parseLong(word);
        } catch (NumberFormatException _) {
            throw usage("'" + word + "' is not a process's number");
        }
    }

    private long valueOf(String text) {
        try {
            boolean isHexadecimal = text.matches("0x\\p{XDigit}+");
            var number =
                    isHexadecimal ? new BigInteger(text.substring(2), 16) : new BigInteger(text);
            if (number.compareTo(VALUE_MIN) >= 0 && number.compareTo(VALUE_END) < 0) {
                return number.longValue();
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw usage("'" + text + "' is not a value of 64 bits; write 42, 0x2a or -q=-1");
    }

    private ParameterException usage(@Nullable String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private PrintWriter err() {
        return spec.commandLine().getErr();
    }
}
