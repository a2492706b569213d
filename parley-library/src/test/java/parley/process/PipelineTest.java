package parley.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static parley.process.Children.shell;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.kernel.Faults;
import parley.os.Errno;
import parley.os.NotFoundException;
import parley.process.ExitStatus.Exited;
import parley.process.ExitStatus.Signaled;
import parley.process.Pipeline.StageException;
import parley.signal.Signal;

/// Commands connected by pipes, as a shell does it.
@Timeout(60)
final class PipelineTest {

    @TempDir private Path folder;

    @ParameterizedTest
    @EnumSource
    void bytesGoThroughAllCommands(ThreadKind kind) throws Exception {
        var pipeline =
                Pipeline.of(
                        Spawn.command("cat"),
                        Spawn.command("tr", "a-z", "A-Z"),
                        Spawn.command("sort"),
                        Spawn.command("uniq", "-c"));
        var done = kind.start(() -> pipeline.run("b\na\nb\n".getBytes(UTF_8))).result();
        assertEquals("1 A 2 B", done.outputText().strip().replaceAll("\\s+", " "));
        assertEquals(4, done.statuses().size());
        assertTrue(done.isSuccess());
        assertEquals("cat | tr a-z A-Z | sort | uniq -c", pipeline.toString());
    }

    @Test
    void aMebibyteGoesThrough() throws Exception {
        var pipeline = Pipeline.of(Spawn.command("cat"), Spawn.command("cat"), shell("wc -c"));
        assertEquals("1048576\n", pipeline.run(new byte[1 << 20]).outputText());
    }

    @Test
    void aCommandThatNobodyReadsIsEndedBySigpipe() throws Exception {
        var done = Pipeline.of(Spawn.command("yes"), Spawn.command("head", "-1")).run();
        assertEquals("y\n", done.outputText());
        assertEquals(List.of(new Signaled(Signal.PIPE, false), new Exited(0)), done.statuses());
        assertEquals(new Exited(0), done.status());
        assertFalse(done.isSuccess());
    }

    @Test
    void everyStatusIsKept() throws Exception {
        var done = Pipeline.of(shell("exit 1"), shell("kill -9 $$"), shell("exit 3")).run();
        assertEquals(
                List.of(new Exited(1), new Signaled(Signal.KILL, false), new Exited(3)),
                done.statuses());
        assertEquals(
                "[exited with 1, ended by SIGKILL, exited with 3], 0 bytes of output",
                done.toString());
    }

    @Test
    void errorsOfAllAreCapturedTogether() throws Exception {
        var done =
                Pipeline.of(
                                shell("echo one >&2"),
                                shell("cat; echo two >&2"),
                                shell("cat; echo three >&2").stderr(Redirect.nothing()))
                        .run();
        assertEquals("one\ntwo\n", done.errorsText());
    }

    @Test
    void theEndsCanBeFiles() throws Exception {
        var in = Files.writeString(folder.resolve("in"), "x\ny\n");
        var out = folder.resolve("out");
        var pipeline =
                Pipeline.of(
                        Spawn.command("cat").stdin(Redirect.from(in)),
                        Spawn.command("tac").stdout(Redirect.to(out)));
        assertTrue(pipeline.run().isSuccess());
        assertEquals("y\nx\n", Files.readString(out));
        for (var child : pipeline.start()) {
            try (child) {
                assertEquals(new Exited(0), child.awaitExit());
            }
        }
    }

    @Test
    void theEndsCanBeOurs() throws Exception {
        var children =
                Pipeline.of(
                                Spawn.command("rev").stdin(Redirect.pipe()),
                                Spawn.command("cat").stdout(Redirect.pipe()))
                        .start();
        try (var first = children.getFirst();
                var last = children.getLast()) {
            first.stdin().outputStream().write("abc\n".getBytes(UTF_8));
            first.stdin().close();
            assertEquals("cba\n", Children.readAll(last.stdout()));
        }
    }

    @Test
    void aRedirectionInThePipesPlaceIsRefused() {
        var cat = Spawn.command("cat");
        var from = Spawn.command("cat").stdin(Redirect.nothing());
        var to = Spawn.command("cat").stdout(Redirect.nothing());
        assertThrows(IllegalArgumentException.class, () -> Pipeline.of(cat, from));
        assertThrows(IllegalArgumentException.class, () -> Pipeline.of(to, cat));
        assertThrows(IllegalArgumentException.class, () -> Pipeline.of());
    }

    @Test
    void aCommandThatCannotStartEndsTheOthers() throws Exception {
        Children.assertNoDescriptorIsLeft(() -> {
            var pipeline =
                    Pipeline.of(
                            Spawn.command("yes"),
                            Spawn.command("cat"),
                            Spawn.command("parley-no-such-program", "-x"),
                            Spawn.command("cat"));
            var e = assertThrows(StageException.class, pipeline::run);
            assertEquals(2, e.stage());
            assertTrue(e.getMessage().contains("command 3 of 4 (parley-no-such-program -x"));
            assertInstanceOf(NotFoundException.class, e.getCause());
        });
        assertEquals(List.of(), Children.zombies());
    }

    @Test
    void aPipeThatCannotBeMadeEndsTheOthers() throws Exception {
        for (int nth = 1; nth <= 4; nth++) {
            int failing = nth;
            Children.assertNoDescriptorIsLeft(() -> {
                var cat = Spawn.command("cat");
                var pipeline = Pipeline.of(Spawn.command("yes"), cat, cat);
                try (var fault = Faults.fail("pipe2", failing, Errno.EMFILE.number())) {
                    assertThrows(java.io.IOException.class, pipeline::run);
                    assertTrue(fault.happened());
                }
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPipelineThatTakesTooLongIsEnded(ThreadKind kind) throws Exception {
        Children.assertNoDescriptorIsLeft(() -> {
            var pipeline = Pipeline.of(Spawn.command("yes"), shell("exec sleep 1000"));
            var done = kind.start(() -> pipeline.run(new byte[0], Duration.ofMillis(20))).result();
            assertTrue(done.isEmpty());
        });
    }
}
