package parley.tool.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import parley.socket.UnixAddress;
import parley.socket.UnixSeqpacketListener;

/// The second JVM as the first one sees it: started, spoken to, watched, and ended.
final class PeerProcess implements AutoCloseable {
    private static final int KILLED_SECONDS_MAX = 10;
    private static final int ENDING_SECONDS_MAX = 2;

    private final Process process;
    private final Protocol protocol;

    private PeerProcess(Process process, Protocol protocol) {
        this.process = process;
        this.protocol = protocol;
    }

    /// Starts a JVM and waits until it has connected.
    ///
    /// @throws IOException if it ends before
    static PeerProcess start() throws Exception {
        var name = "parley-demo-" + UUID.randomUUID();
        try (var listener = UnixSeqpacketListener.listen(UnixAddress.abstractName(name))) {
            var process =
                    new ProcessBuilder(command(name))
                            .redirectInput(
                                    ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            try {
                return new PeerProcess(process, connect(listener, process));
            } catch (Exception e) {
                process.destroyForcibly();
                throw e;
            }
        }
    }

    private static Protocol connect(UnixSeqpacketListener listener, Process process)
            throws Exception {
        var _ = process.onExit().thenRun(listener::close); // ends the wait
        while (true) {
            try {
                var socket = listener.accept();
                if (socket.peer().pid() == process.pid()) { // anybody may know an abstract name
                    var protocol = new Protocol(socket);
                    protocol.receive(); // ready
                    return protocol;
                }
                socket.close();
            } catch (java.nio.channels.ClosedChannelException e) {
                throw new IOException("the second process ended with " + process.waitFor(), e);
            }
        }
    }

    /// The same JVM, the same modules, another main class.
    private static List<String> command(String name) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:+UseSerialGC");
        var main = SecondProcess.class;
        var modulePath = System.getProperty("jdk.module.path");
        if (main.getModule().isNamed() && modulePath != null) {
            command.addAll(List.of("-p", modulePath, "--enable-native-access=parley"));
            command.addAll(List.of("-m", main.getModule().getName() + "/" + main.getName()));
        } else {
            command.addAll(List.of("-cp", System.getProperty("java.class.path")));
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", main.getName()));
        }
        command.add(name);
        return command;
    }

    Protocol protocol() {
        return protocol;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// Completes when the process has ended.
    CompletableFuture<Process> ended() {
        return process.onExit();
    }

    /// How and why it ended, in words, waiting a moment for the end of one that is about to.
    String end() throws Exception {
        var who = "the second process (pid " + process.pid() + ") ";
        if (!process.waitFor(ENDING_SECONDS_MAX, TimeUnit.SECONDS)) {
            return who + "has closed";
        }
        int status = process.exitValue();
        var how = status > 128 ? "was killed by signal " + (status - 128) : "ended early";
        return who + protocol.lastWords().map(words -> "failed: " + words).orElse(how);
    }

    @Override
    public void close() {
        protocol.close();
        process.destroyForcibly();
        try {
            process.waitFor(KILLED_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
