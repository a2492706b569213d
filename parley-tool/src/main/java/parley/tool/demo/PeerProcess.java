package parley.tool.demo;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import parley.signal.Signal;
import parley.socket.UnixAddress;
import parley.socket.UnixSeqpacketListener;
import parley.tool.Failure;

/// The second JVM as the first one sees it: started, spoken to, watched, and ended.
final class PeerProcess implements AutoCloseable {
    private static final int ENDING_SECONDS_MAX = 2;
    private static final int SAID_LINES_MAX = 3;

    /// A terminal sends Ctrl-C to both processes, and the first one decides what it means. The
    /// second ignores it from its start on, as a JVM leaves alone what it finds ignored.
    private static final List<String> DEAF_TO_THE_TERMINAL =
            List.of("/bin/sh", "-c", "trap '' INT HUP QUIT; exec \"$@\"", "sh");

    private static final int STATUS_OF_SIGNALS = 128; // and the number

    private final Process process;
    private final Path output;
    private final Protocol protocol;

    private PeerProcess(Process process, Path output, Protocol protocol) {
        this.process = process;
        this.output = output;
        this.protocol = protocol;
    }

    /// Starts a JVM and waits until it has connected.
    ///
    /// @throws IOException if it ends before; tells what it has said
    static PeerProcess start(Workplace workplace) throws Exception {
        var name = "parley-demo-" + UUID.randomUUID();
        var output = workplace.path();
        try (var listener = UnixSeqpacketListener.listen(UnixAddress.abstractName(name))) {
            var builder = new ProcessBuilder(command(name, workplace));
            builder.redirectInput(new File("/dev/null")).redirectOutput(output.toFile());
            if (Failure.isTraceWanted()) {
                builder.redirectError(ProcessBuilder.Redirect.INHERIT);
            } else {
                builder.redirectErrorStream(true);
            }
            var process = builder.start();
            try {
                return new PeerProcess(process, output, connect(listener, process));
            } catch (InterruptedException e) {
                end(process);
                throw e;
            } catch (IOException e) {
                end(process);
                if (isOfTheTerminal(process.exitValue())) {
                    throw new InterruptedException(); // it was not deaf yet
                }
                var how = how(process.exitValue(), output);
                throw new IOException("the second process, " + java() + ", " + how, e);
            }
        }
    }

    /// Ended by a signal that a terminal sends to both processes.
    private static boolean isOfTheTerminal(int status) {
        return Stream.of(Signal.HUP, Signal.INT, Signal.QUIT)
                .anyMatch(signal -> status == STATUS_OF_SIGNALS + signal.number());
    }

    private static Protocol connect(UnixSeqpacketListener listener, Process process)
            throws Exception {
        var _ = process.onExit().thenRun(listener::close); // ends the wait
        while (true) {
            var socket = listener.accept();
            if (socket.peer().pid() == process.pid()) { // anybody may know an abstract name
                var protocol = new Protocol(socket);
                protocol.receive(); // ready
                return protocol;
            }
            socket.close();
        }
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /// The same JVM, the same modules, another main class. What it would leave behind when it is
    /// killed or crashes is turned off, or goes to the workplace.
    private static List<String> command(String name, Workplace workplace) {
        var command = new ArrayList<>(DEAF_TO_THE_TERMINAL);
        command.addAll(List.of(java(), "-XX:+UseSerialGC", "-XX:-UsePerfData"));
        command.add("-XX:ErrorFile=" + workplace.directory().resolve("crash"));
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
        return process.toHandle().isAlive(); // sees the end a bit earlier than the process does
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
        var words = protocol.lastWords();
        return who
                + (words.isPresent() ? "failed: " + words.get() : how(process.exitValue(), output));
    }

    /// @param output the file with what it has said
    private static String how(int status, Path output) throws IOException {
        if (status > STATUS_OF_SIGNALS) {
            return "was killed by " + Signal.of(status - STATUS_OF_SIGNALS);
        }
        try (var lines = Files.lines(output, StandardCharsets.UTF_8)) {
            var said =
                    lines.filter(line -> !line.startsWith("Picked up")) // JAVA_TOOL_OPTIONS
                            .limit(SAID_LINES_MAX)
                            .collect(Collectors.joining(" "));
            return "ended with status " + status + (said.isEmpty() ? "" : ": " + said);
        }
    }

    /// Ends it, by force: it has nothing to clean up.
    @Override
    public void close() {
        protocol.close();
        end(process);
    }

    /// Returns when it has ended.
    private static void end(Process process) {
        process.destroyForcibly();
        boolean isInterrupted = false;
        while (process.isAlive()) {
            try {
                process.waitFor();
            } catch (InterruptedException _) {
                isInterrupted = true; // it cannot take long now
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
