package parley.os;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import parley.kernel.Unistd;

/// Why a signal could not be sent, in words: by what the receiver's `/proc/PID/status` says.
final class SignalErrors {
    private static final Pattern PROCESS = Pattern.compile("process (\\d+)");

    private SignalErrors() {}

    static String notPermitted(Subject subject) throws IOException {
        var pid = pid(subject);
        var whose =
                pid.isEmpty()
                        ? "this process is of uid "
                        : "process %s is of %s, this one of uid "
                                .formatted(pid.get(), users(pid.get()));
        return whose
                + Integer.toUnsignedString(Unistd.getuid())
                + ". Signals go to processes of the same user; others need CAP_KILL in that"
                + " process's user namespace";
    }

    /// The limit is the receiver's, and counts what waits for all processes of its user.
    static String queueFull(Subject subject) throws IOException {
        var pid = pid(subject);
        if (pid.isEmpty()) {
            return FileErrors.used(Limit.RLIMIT_SIGPENDING, " for the receiver");
        }
        var queue = List.of(status(pid.get(), "SigQ").split("/", -1));
        long limit = Long.parseLong(queue.get(1));
        return "%s signals wait for %s, and process %s may have %d (RLIMIT_SIGPENDING). %s%s"
                .formatted(
                        queue.get(0),
                        users(pid.get()),
                        pid.get(),
                        limit,
                        "Send again when some are received, or try: ",
                        "prlimit --pid %s --sigpending=%d".formatted(pid.get(), more(limit)));
    }

    private static long more(long limit) {
        return Math.max(2 * limit, 1024);
    }

    private static Optional<String> pid(Subject subject) {
        var matcher = PROCESS.matcher(subject.rest());
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /// The real user, and the saved one if it is another: those that count for the receiver.
    private static String users(String pid) throws IOException {
        var users = ProcFile.fieldsOf(status(pid, "Uid")); // real, effective, saved, file system
        var real = users.get(0);
        var saved = users.get(2);
        return "uid " + real + (saved.equals(real) ? "" : " (saved: " + saved + ")");
    }

    private static String status(String pid, String field) throws IOException {
        for (var line : ProcFile.lines("/proc/" + pid + "/status")) {
            if (line.startsWith(field + ":")) {
                return line.substring(field.length() + 1).strip();
            }
        }
        throw new IOException("no " + field + " of process " + pid);
    }
}
