package parley.tool.signal;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.OptionalLong;
import parley.process.Spawn;
import parley.signal.SignalInfo;
import parley.tool.Family;

/// A command that the shell runs for a signal, as its trap does.
///
/// It stays in our process group, so that what a terminal sends reaches it as well. If we alone are
/// told to end, it is.
record Trap(String command, PrintWriter err) {
    /// Runs it to its end.
    ///
    /// @return the pid it had
    long run(SignalInfo info) throws IOException, InterruptedException {
        var shell = Spawn.command("sh", "-c", command);
        shell.set("PARLEY_SIGNAL", info.signal().name());
        set(shell, "PARLEY_PID", info.sender().map(sender -> "" + sender.pid()).orElse(""));
        set(shell, "PARLEY_UID", info.sender().map(sender -> "" + sender.uid()).orElse(""));
        set(shell, "PARLEY_VALUE", text(ListenReport.value(info)));
        try (var child = shell.start()) {
            try {
                var status = child.awaitExit();
                if (!status.isSuccess()) {
                    err.println("parley listen: " + command + ": " + status);
                }
                return child.pid();
            } catch (InterruptedException e) {
                Family.end(child);
                throw e;
            }
        }
    }

    private static String text(OptionalLong value) {
        return value.isPresent() ? "" + value.getAsLong() : "";
    }

    /// What is not known is not set, also if it is set for us.
    private static void set(Spawn shell, String name, String value) {
        if (value.isEmpty()) {
            shell.remove(name);
        } else {
            shell.set(name, value);
        }
    }
}
