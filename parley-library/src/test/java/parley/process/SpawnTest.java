package parley.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static parley.process.Children.readAll;
import static parley.process.Children.shell;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.kernel.Faults;
import parley.kernel.Fcntl;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.LimitReachedException;
import parley.os.NotFoundException;
import parley.os.NotPermittedException;
import parley.os.OsException;
import parley.pipe.NamedPipe;
import parley.pipe.Pipe;

/// Children started by posix_spawn: what they get, how they end, and what cannot be started.
@Timeout(120)
final class SpawnTest {
    private static final int MEBIBYTE = 1 << 20;

    @TempDir private Path folder;

    // What a child gets.

    @Test
    void argumentsArriveAsTheyAre() throws Exception {
        var done = Spawn.command("printf", "%s|", "a b", "", "*", "$HOME", "ünï\n", "-n").run();
        assertEquals("a b||*|$HOME|ünï\n|-n|", done.outputText());
        assertTrue(done.isSuccess());
        assertEquals(new ExitStatus.Exited(0), done.status());
    }

    @Test
    void theEnvironmentIsOursWithChanges() throws Exception {
        var path = System.getenv("PATH");
        var done =
                shell("echo \"$PATH:$ADDED:${GONE-none}\"")
                        .set("GONE", "x")
                        .set("ADDED", "ä=b")
                        .remove("GONE")
                        .run();
        assertEquals(path + ":ä=b:none\n", done.outputText());
        var only = Spawn.command("env").emptyEnvironment().set("A", "1").set("B", "2").run();
        assertEquals("A=1\nB=2\n", only.outputText());
    }

    @Test
    void aVariableThatCannotBeIsRefused() {
        for (var name : List.of("", "A=B", "A\0")) {
            assertThrows(IllegalArgumentException.class, () -> Spawn.command("env").set(name, "x"));
        }
        assertThrows(IllegalArgumentException.class, () -> Spawn.command("a\0"));
        assertThrows(IllegalArgumentException.class, () -> Spawn.command(List.of()));
    }

    @Test
    void theDirectoryIsTheOneAskedFor() throws Exception {
        var real = folder.toRealPath();
        assertEquals(real + "\n", Spawn.command("pwd", "-P").directory(real).run().outputText());
        script("here", "#!/bin/sh\necho here\n", "rwx------");
        assertEquals("here\n", Spawn.command("./here").directory(folder).run().outputText());
    }

    @Test
    void noSignalIsBlockedOrIgnored() throws Exception {
        var status = Spawn.command("grep", "-E", "SigBlk|SigIgn", "/proc/self/status").run();
        assertEquals("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n", status.outputText());
    }

    @Test
    void whatWeAreStartedToIgnoreAChildIgnoresIfAsked() throws Exception {
        for (boolean isKeeping : new boolean[] {false, true}) {
            // SIGCHLD too: then the kernel throws exit statuses away, unless that is undone.
            var script = "trap '' HUP CHLD PIPE; exec \"$@\"";
            var java = new ArrayList<>(List.of("-c", script, "sh"));
            java.add(System.getProperty("java.home") + "/bin/java");
            java.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp"));
            java.add(System.getProperty("java.class.path"));
            java.addAll(List.of(Ignoring.class.getName(), "" + isKeeping));
            var done = Spawn.command("sh", java.toArray(String[]::new)).run();
            assertEquals(
                    "SigIgn:\t000000000000000" + (isKeeping ? 1 : 0) + "\n7\n",
                    done.outputText(),
                    done::errorsText);
        }
    }

    /// A JVM that is started with signals ignored.
    static final class Ignoring {
        private Ignoring() {}

        public static void main(String[] arguments) throws Exception {
            var spawn = Spawn.command("sh", "-c", "grep SigIgn /proc/self/status; exit 7");
            if (Boolean.parseBoolean(arguments[0])) {
                spawn.keepIgnoredSignals();
            }
            var done = spawn.run();
            System.out.println(done.outputText() + done.status().shellCode());
        }
    }

    @Test
    void aChildIsInAGroupOrASessionOfItsOwnIfAsked() throws Exception {
        assertEquals("same", relation(shell(RELATION)));
        assertEquals("group", relation(shell(RELATION).ownProcessGroup()));
        assertEquals("session", relation(shell(RELATION).ownSession()));
    }

    private static final String RELATION =
            "set -- $(sed 's/.*) //' /proc/$$/stat); if [ $4 = $$ ]; then echo session;"
                    + " elif [ $3 = $$ ]; then echo group; else echo same; fi";

    private static String relation(Spawn spawn) throws Exception {
        return spawn.run().outputText().strip();
    }

    // Standard streams.

    @Test
    void filesAreReadWrittenAndAppendedTo() throws Exception {
        var in = Files.writeString(folder.resolve("in"), "one\ntwo\n");
        var out = folder.resolve("out");
        for (int i = 0; i < 2; i++) {
            var sort = Spawn.command("sort", "-r").stdin(Redirect.from(in));
            assertTrue(sort.stdout(Redirect.to(out)).run().isSuccess());
        }
        assertEquals("two\none\n", Files.readString(out));
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(out)));
        shell("echo three; echo four >&2").stdout(Redirect.appendTo(out)).run();
        assertEquals("two\none\nthree\n", Files.readString(out));
    }

    @Test
    void standardErrorGoesWhereStandardOutputGoes() throws Exception {
        var done = shell("echo a; echo b >&2; echo c").stderr(Redirect.toStdout()).run();
        assertEquals("a\nb\nc\n", done.outputText());
        assertEquals("", done.errorsText());
    }

    @Test
    void nothingIsAnEmptyInputAndAnOutputForAll() throws Exception {
        var cat = Spawn.command("cat").stdin(Redirect.nothing()).stdout(Redirect.nothing());
        assertTrue(cat.run().isSuccess());
    }

    @Test
    void theEndsOfPipesAreOurs() throws Exception {
        var tr = Spawn.command("tr", "a-z", "A-Z");
        tr.stdin(Redirect.pipe()).stdout(Redirect.pipe()).stderr(Redirect.pipe());
        try (var child = tr.start()) {
            child.stdin().write(ByteBuffer.wrap("hello".getBytes(UTF_8)));
            child.stdin().close();
            assertEquals("HELLO", readAll(child.stdout()));
            assertEquals("", readAll(child.stderr()));
            assertEquals(new ExitStatus.Exited(0), child.awaitExit());
        }
        try (var child = Spawn.command("true").start()) {
            assertThrows(IllegalStateException.class, child::stdin);
            assertThrows(IllegalStateException.class, child::stdout);
            assertThrows(IllegalStateException.class, child::stderr);
        }
    }

    @Test
    void aStreamInTheWrongDirectionIsRefused() {
        var cat = Spawn.command("cat");
        assertThrows(IllegalArgumentException.class, () -> cat.stdin(Redirect.to(folder)));
        assertThrows(IllegalArgumentException.class, () -> cat.stdin(Redirect.toStdout()));
        assertThrows(IllegalArgumentException.class, () -> cat.stdout(Redirect.toStdout()));
        assertThrows(IllegalArgumentException.class, () -> cat.stdout(Redirect.from(folder)));
        assertThrows(IllegalArgumentException.class, () -> cat.stderr(Redirect.from(folder)));
    }

    @Test
    void aFifoIsWaitedForAndTheWaitCanBeInterrupted() throws Exception {
        var path = folder.resolve("fifo");
        var fifo = NamedPipe.create(path);
        for (var kind : ThreadKind.values()) {
            var cat = Spawn.command("cat").stdin(Redirect.from(path));
            var running = kind.start(() -> cat.run().outputText());
            try (var sink = fifo.openSink()) {
                sink.write(ByteBuffer.wrap("through".getBytes(UTF_8)));
            }
            assertEquals("through", running.result());
            var interrupted = kind.start(cat::run);
            interrupted.interrupt();
            assertThrows(InterruptedException.class, interrupted::result);
        }
    }

    // Capturing.

    @ParameterizedTest
    @EnumSource
    void inputAndBothOutputsGoAtTheSameTime(ThreadKind kind) throws Exception {
        var input = new byte[MEBIBYTE];
        new Random(7).nextBytes(input);
        var tee =
                Spawn.command(
                        "python3",
                        "-c",
                        """
                        import sys
                        while True:
                            chunk = sys.stdin.buffer.read1(100_000)
                            if not chunk:
                                break
                            sys.stderr.buffer.write(chunk)
                            sys.stdout.buffer.write(chunk)
                        """);
        var done = kind.start(() -> tee.run(input)).result();
        assertEquals(List.of(new ExitStatus.Exited(0)), done.statuses(), done::errorsText);
        assertArrayEquals(input, done.output());
        assertArrayEquals(input, done.errors());
    }

    @ParameterizedTest
    @EnumSource
    void outputsThatFillBeforeTheInputIsReadStopNobody(ThreadKind kind) throws Exception {
        var script =
                "head -c %d /dev/zero >&2; head -c %d /dev/zero; cat".formatted(MEBIBYTE, MEBIBYTE);
        var done = kind.start(() -> shell(script).run(new byte[MEBIBYTE])).result();
        assertTrue(done.isSuccess());
        assertEquals(MEBIBYTE, done.errors().length);
        assertEquals(2 * MEBIBYTE, done.output().length);
    }

    @Test
    void anInputThatIsNotWantedIsDropped() throws Exception {
        assertEquals("", Spawn.command("true").run(new byte[MEBIBYTE]).outputText());
        assertThrows(
                IllegalStateException.class,
                () -> Spawn.command("cat").stdin(Redirect.nothing()).run(new byte[1]));
    }

    @Test
    void moreOutputThanAllowedEndsTheChild() throws Exception {
        Children.assertNoDescriptorIsLeft(() -> {
            var yes = Spawn.command("yes").captureBytesMax(100_000);
            var e = assertThrows(IOException.class, yes::run);
            assertTrue(e.getMessage().contains("captureBytesMax = 100000"), e.getMessage());
        });
        var exactly = shell("printf 12345").captureBytesMax(5).run();
        assertEquals("12345", exactly.outputText());
    }

    @ParameterizedTest
    @EnumSource
    void aRunThatTakesTooLongIsEnded(ThreadKind kind) throws Exception {
        Children.assertNoDescriptorIsLeft(() -> {
            var time = Duration.ofMillis(30);
            for (var spawn : List.of(Spawn.command("yes"), shell("exec sleep 1000"))) {
                var input = new byte[0];
                assertTrue(kind.start(() -> spawn.run(input, time)).result().isEmpty());
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void aRunThatIsInterruptedEndsItsChild(ThreadKind kind) throws Exception {
        var path = folder.resolve("started" + kind).toString();
        var started = NamedPipe.create(Path.of(path));
        var spawn = Spawn.command("sh", "-c", "echo $$ > \"$0\"; exec sleep 1000", path);
        var running = kind.start(() -> spawn.run());
        long pid;
        try (var source = started.openSource()) {
            pid = Long.parseLong(readAll(source).strip());
        }
        try (var child = PidFd.open(pid)) {
            running.interrupt();
            assertThrows(InterruptedException.class, running::result);
            child.awaitExit();
        }
    }

    // Descriptors.

    @Test
    void theTextbooksParentAndChildOverAPipe() throws Exception {
        try (var pipe = Pipe.create();
                var arena = Arena.ofConfined()) {
            var child =
                    Spawn.command("sh", "-c", "cat <&7 | tr a-z A-Z")
                            .stdout(Redirect.pipe())
                            .handOver(7, pipe.source().fd())
                            .start();
            try (child) {
                assertFalse(pipe.source().isOpen());
                pipe.sink().write(arena.allocateFrom("greetings").asSlice(0, 9));
                pipe.sink().close();
                assertEquals("GREETINGS", readAll(child.stdout()));
                assertTrue(child.awaitExit().isSuccess());
            }
        }
    }

    @Test
    void numbersDoNotOverwriteEachOther() throws Exception {
        var files = new ArrayList<Fd>();
        try {
            // Ours are low numbers, and each is given under one that another one has here.
            for (int i = 0; i < 5; i++) {
                var file = Files.writeString(folder.resolve("f" + i), "" + i);
                try (var arena = Arena.ofConfined()) {
                    var name = arena.allocateFrom(file.toString());
                    int flags = Fcntl.O_RDONLY | Fcntl.O_CLOEXEC;
                    files.add(Fd.of("open", file.toString(), Fcntl.open(name, flags, 0)));
                }
            }
            var numbers = files.stream().map(Fd::number).filter(n -> n <= 255).toList();
            assumeTrue(numbers.size() == 5, "there are too many descriptors already");
            var spawn = Spawn.command("python3", "-c", CAT_ALL);
            var expected = new StringBuilder();
            for (int i = 0; i < 5; i++) {
                spawn.give(numbers.get(i), files.get((i + 1) % 5));
                spawn.set("N" + i, "" + numbers.get(i));
                expected.append((i + 1) % 5);
            }
            assertEquals(expected.toString(), spawn.run().outputText());
            var same = Spawn.command("python3", "-c", CAT_ALL);
            for (int i = 0; i < 5; i++) {
                same.set("N" + i, "" + numbers.get(i)).give(numbers.get(i), files.get(i));
            }
            // They share our position in the file, which is at its end now.
            assertEquals("", same.run().outputText());
        } finally {
            files.forEach(Fd::close);
        }
    }

    private static final String CAT_ALL =
            """
            import os
            for i in range(5):
                print(os.read(int(os.environ[f"N{i}"]), 10).decode(), end="")
            """;

    @Test
    void numbersThatAreTheStandardStreamsOrTooHighAreRefused() throws Exception {
        try (var pipe = Pipe.create()) {
            for (int number : new int[] {-1, 0, 2, Spawn.NUMBER_MAX + 1}) {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> Spawn.command("true").give(number, pipe.source().fd()));
            }
            assertTrue(
                    Spawn.command("true")
                            .give(Spawn.NUMBER_MAX, pipe.source().fd())
                            .run()
                            .isSuccess());
        }
    }

    @Test
    void aSharedDescriptorIsMadeToWaitUnlessAsked() throws Exception {
        try (var pipe = Pipe.create()) {
            var fd = pipe.source().fd();
            int number = fd.number();
            for (boolean isAsIs : new boolean[] {true, false}) {
                Fcntl.fcntl(number, Fcntl.F_SETFL, Fcntl.O_NONBLOCK);
                var flags = Spawn.command("cat", "/proc/self/fdinfo/9");
                var text = (isAsIs ? flags.giveAsIs(9, fd) : flags.give(9, fd)).run().outputText();
                var octal = text.replaceFirst("(?s).*flags:\\s*(\\d+).*", "$1");
                boolean isNonBlocking = (Long.parseLong(octal, 8) & Fcntl.O_NONBLOCK) != 0;
                assertEquals(isAsIs, isNonBlocking, text);
            }
        }
    }

    @Test
    void childrenStartedAtTheSameTimeHaveNothingOfEachOther() throws Exception {
        for (boolean isKeepingOthers : new boolean[] {false, true}) {
            var running = new ArrayList<ThreadKind.Running<String>>();
            for (int i = 0; i < 200; i++) {
                running.add(
                        ThreadKind.alternating(i)
                                .start(() -> {
                                    var ls = Spawn.command("ls", "/proc/self/fd");
                                    if (isKeepingOthers) {
                                        ls.keepOtherDescriptors();
                                    }
                                    return ls.run().outputText();
                                }));
            }
            var inherited = isKeepingOthers ? running.getFirst().result() : "0\n1\n2\n3\n";
            for (var each : running) {
                assertEquals(inherited, each.result());
            }
        }
        assertEquals(List.of(), Children.zombies());
    }

    @Test
    void whatOthersLeftOpenIsClosedUnlessAsked() throws Exception {
        for (boolean isOldLibrary : new boolean[] {false, true}) {
            try (var pipe = Pipe.create();
                    var given = Pipe.create()) {
                int leaked = pipe.source().fd().number();
                Fcntl.fcntl(leaked, Fcntl.F_SETFD, 0);
                var ls = Spawn.command("ls", "/proc/self/fd").give(200, given.source().fd());
                var closefrom = "posix_spawn_file_actions_addclosefrom_np";
                if (isOldLibrary) {
                    try (var fault = Faults.fail(closefrom, 1, Errno.ENOSYS.number())) {
                        assertEquals("0\n1\n2\n200\n3\n", ls.run().outputText());
                        assertTrue(fault.happened());
                    }
                } else {
                    assertEquals("0\n1\n2\n200\n3\n", ls.run().outputText());
                }
                var all = List.of(ls.keepOtherDescriptors().run().outputText().split("\n", -1));
                assertTrue(all.contains("" + leaked), all::toString);
            }
        }
    }

    // Refusals.

    private Path script(String name, String text, String mode) throws IOException {
        var file = Files.writeString(folder.resolve(name), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    private static <E extends OsException> E refused(Class<E> type, Spawn spawn, Errno errno) {
        var e = assertThrows(type, spawn::run);
        assertEquals(errno, e.errno());
        return e;
    }

    private static void assertSays(Exception e, String words) {
        assertTrue(e.getMessage().contains(words), e.getMessage());
    }

    @Test
    void aProgramThatIsNotThere() {
        var e =
                refused(
                        NotFoundException.class,
                        Spawn.command("parley-no-such-program"),
                        Errno.ENOENT);
        assertSays(e, "exec:parley-no-such-program");
        assertSays(e, "in the directories of PATH=" + System.getenv("PATH"));
        var path = folder.resolve("nothing").toString();
        assertSays(
                refused(NotFoundException.class, Spawn.command(path), Errno.ENOENT),
                "there is no file " + path);
        assertSays(
                refused(NotFoundException.class, Spawn.command("./nothing"), Errno.ENOENT),
                "seen from the child's directory");
    }

    @Test
    void aScriptWhoseInterpreterIsNotThere() throws Exception {
        var file = script("script", "#!/no/such/interpreter -x\n", "rwx------");
        assertSays(
                refused(NotFoundException.class, Spawn.command("" + file), Errno.ENOENT),
                "not /no/such/interpreter, which its first line asks for");
    }

    @Test
    void aScriptWithoutAFirstLine() throws Exception {
        var file = script("script", "echo\n", "rwx------");
        assertSays(
                refused(OsException.class, Spawn.command("" + file), Errno.ENOEXEC),
                "Try: sh " + file);
    }

    @Test
    void aProgramThatMayNotBeExecuted() throws Exception {
        var file = script("script", "#!/bin/sh\n", "rw-r--r--");
        assertSays(
                refused(NotPermittedException.class, Spawn.command("" + file), Errno.EACCES),
                "Try: chmod +x " + file);
        assertSays(
                refused(NotPermittedException.class, Spawn.command("" + folder), Errno.EACCES),
                "is a directory");
    }

    @Test
    void aDirectoryThatIsNotThereIsToldFromTheProgram() throws Exception {
        var missing = folder.resolve("missing");
        var e =
                refused(
                        NotFoundException.class,
                        Spawn.command("true").directory(missing),
                        Errno.ENOENT);
        assertSays(e, "no missing in the directory " + folder);
        var file = Files.createFile(folder.resolve("file"));
        refused(OsException.class, Spawn.command("true").directory(file), Errno.ENOTDIR);
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        var missing = folder.resolve("missing");
        var cat = Spawn.command("cat").stdin(Redirect.from(missing));
        assertSays(refused(NotFoundException.class, cat, Errno.ENOENT), missing.toString());
    }

    @Test
    void wordsThatAreTooLong() {
        var word = "x".repeat(130_000);
        var words = new String[100];
        Arrays.fill(words, word);
        var echo = Spawn.command("true", words);
        assertSays(refused(LimitReachedException.class, echo, Errno.E2BIG), "in a file or a pipe");
    }

    @Test
    void everyCallThatFailsIsToldAndLeavesNothing() throws Exception {
        for (var function :
                List.of(
                        "posix_spawnp",
                        "posix_spawn_file_actions_init",
                        "posix_spawn_file_actions_adddup2",
                        "posix_spawn_file_actions_addclosefrom_np",
                        "posix_spawnattr_setflags",
                        "pipe2",
                        "open",
                        "pidfd_open")) {
            Children.assertNoDescriptorIsLeft(() -> {
                var spawn =
                        Spawn.command("sleep", "1000")
                                .directory(folder)
                                .stdin(Redirect.pipe())
                                .stdout(Redirect.pipe());
                try (var fault = Faults.fail(function, 1, Errno.ENOMEM.number())) {
                    var e = assertThrows(OsException.class, spawn::start, function);
                    assertEquals(Errno.ENOMEM, e.errno(), function);
                    assertTrue(fault.happened());
                }
            });
        }
        assertEquals(List.of(), Children.zombies());
        var none =
                ProcessHandle.current()
                        .children()
                        .filter(child -> child.info().command().orElse("").endsWith("sleep"))
                        .toList();
        assertEquals(List.of(), none);
    }

    @Test
    void tooManyProcessesIsALimit() {
        try (var _ = Faults.fail("posix_spawnp", 1, Errno.EAGAIN.number())) {
            var e = refused(LimitReachedException.class, Spawn.command("true"), Errno.EAGAIN);
            assertSays(e, "RLIMIT_NPROC");
        }
    }

    @Test
    void aClosedDescriptorIsRefused() throws Exception {
        var pipe = Pipe.create();
        pipe.close();
        var spawn = Spawn.command("true").give(5, pipe.source().fd());
        assertThrows(ClosedChannelException.class, spawn::start);
    }

    @Test
    void anUnreadableDirectoryIsNotEntered() throws Exception {
        assumeTrue(Credentials.own().uid() != 0, "root may search every directory");
        var closed = Files.createDirectory(folder.resolve("closed"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rw-------"));
        refused(NotPermittedException.class, Spawn.command("true").directory(closed), Errno.EACCES);
        assertTrue(new File(closed.toString()).delete());
    }
}
