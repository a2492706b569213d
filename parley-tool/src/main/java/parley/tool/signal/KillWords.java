package parley.tool.signal;

import java.util.Map;
import java.util.Stack;
import parley.signal.Signal;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// Understands a signal as kill(1) takes it, in the first word: `-HUP`, `-9`. A second such word
/// would be a process group there, and is not here: that stands behind `--` only.
final class KillWords implements IParameterPreprocessor {
    @Override
    @SuppressWarnings("JdkObsolete") // picocli's choice
    public boolean preprocess(
            Stack<String> words, CommandSpec command, ArgSpec unused, Map<String, Object> info) {
        if (words.isEmpty()) {
            return false;
        }
        var first = words.peek();
        boolean isWord = first.matches("-[A-Za-z0-9+-]{1,}") && !first.startsWith("--");
        var signal = isWord ? first.substring(1) : "";
        if (signal.equals("0") || Signal.named(signal).isPresent()) {
            words.pop();
            refuseGroup(words, command);
            words.push(signal);
            words.push("--signal");
        } else {
            refuseGroup(words, command);
        }
        return false; // picocli goes on with the words
    }

    private static void refuseGroup(Stack<String> words, CommandSpec command) {
        if (!words.isEmpty() && words.peek().matches("-\\d+")) {
            throw new ParameterException(
                    command.commandLine(),
                    "'%s' is no signal; a process group stands behind --: parley kill -TERM -- %s"
                            .formatted(words.peek(), words.peek()));
        }
    }
}
