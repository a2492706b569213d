package parley.tool.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `parley demo` that is told to end at any moment leaves nothing behind.
class DemoEndIT {
    private static final int TRIES = 20;
    private static final int MILLIS_MAX = 1200; // about as long as two mechanisms take

    @TempDir private Path directory;

    private Packaged parley;
    private Sandbox sandbox;
    private Path file;

    @BeforeEach
    void makeSandbox() throws IOException {
        parley = new Packaged(Files.createDirectory(directory.resolve("temporary")));
        sandbox = Sandbox.start(Files.createDirectory(directory.resolve("mq")), "16m");
        var content = new byte[32 << 20];
        new Random(1).nextBytes(content);
        file = Files.write(directory.resolve("file"), content);
    }

    @AfterEach
    void endSandbox() {
        if (sandbox != null) {
            sandbox.close();
        }
    }

    /// In a process group of its own, as a terminal's job is, and with the signals as they are
    /// there, whatever they are here.
    private Process start(List<Mechanism> mechanisms) throws IOException {
        var command =
                new ArrayList<>(List.of("setsid", "env", "--default-signal=INT,TERM,HUP,QUIT"));
        var names = mechanisms.stream().map(Mechanism::name).toList();
        command.addAll(parley.demo("--only", String.join(",", names), file.toString()));
        return new ProcessBuilder(sandbox.inside(command))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile())
                .start();
    }

    private static void signal(String signal, String whom) throws Exception {
        new ProcessBuilder("kill", "-" + signal, "--", whom).start().waitFor();
    }

    @Test
    void aSignalAtAnyMomentLeavesNothing() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int i = 0; i < TRIES; i++) {
            var mechanisms = List.of(any(random), any(random));
            var process = start(mechanisms);
            boolean hasEnded = process.waitFor(random.nextInt(MILLIS_MAX), TimeUnit.MILLISECONDS);
            var pid = Long.toString(process.pid());
            switch (random.nextInt(5)) {
                case 0 -> signal("TERM", pid);
                case 1 -> signal("HUP", pid);
                case 2 -> signal("INT", pid);
                case 3 -> signal("QUIT", "-" + pid);
                default -> signal("INT", "-" + pid); // as a terminal does
            }
            int status = process.waitFor();
            var output = Files.readString(directory.resolve("output"), StandardCharsets.UTF_8);
            var what = "seed %d, try %d: %d%n%s".formatted(seed, i, status, output);
            assertTrue(hasEnded || List.of(0, 129, 130, 131, 143).contains(status), what);
            assertEquals(List.of(), parley.processes(), what);
            assertEquals(List.of(), parley.files(), what);
            assertEquals(List.of(), sandbox.objects(), what);
            assertTrue(output.lines().skip(1).allMatch(line -> line.endsWith("\tok")), what);
        }
    }

    private static Mechanism any(Random random) {
        return Mechanism.ALL.get(random.nextInt(Mechanism.ALL.size()));
    }

    @Test
    void theSecondProcessEndsWithAFirstOneThatIsKilled() throws Exception {
        var random = new Random();
        for (var name : List.of("msg", "mq", "shm", "pshm", "mmap", "chan", "udp")) {
            var process = start(List.of(Mechanism.named(name).orElseThrow()));
            while (parley.processes().size() < 2 && process.isAlive()) {
                Thread.onSpinWait();
            }
            boolean _ = process.waitFor(random.nextInt(MILLIS_MAX / 2), TimeUnit.MILLISECONDS);
            process.destroyForcibly().waitFor();
            while (!parley.processes().isEmpty()) {
                Thread.onSpinWait();
            }
        }
    }
}
