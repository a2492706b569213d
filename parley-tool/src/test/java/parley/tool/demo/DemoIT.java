package parley.tool.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import parley.os.Credentials;
import parley.pipe.NamedPipe;
import parley.tool.demo.Packaged.Result;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// `parley demo` as its user sees it: files, arguments, forms of output, limits.
class DemoIT {
    private static final int FAILED = 1;
    private static final int USAGE = 2;
    private static final int NOT_FOUND = 3;
    private static final int NOT_PERMITTED = 4;
    private static final int READER_GONE = 141;
    private static final List<String> COLUMNS =
            List.of(
                    "MECHANISM",
                    "ADDRESS",
                    "BYTES",
                    "MESSAGES",
                    "MB/s",
                    "p50 µs",
                    "p99 µs",
                    "STATUS");
    private static final String SOME = "--only=msg,mq,shm,pshm,mmap";
    private static final Pattern STACK_TRACE = Pattern.compile("(?m)^\\s+at ");

    @TempDir private Path directory;

    private Packaged parley;

    @BeforeEach
    void makePlaceForTemporaryFiles() throws IOException {
        parley = new Packaged(Files.createDirectory(directory.resolve("temporary")));
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        assertEquals(List.of(), parley.files());
        assertEquals(List.of(), parley.processes());
    }

    private Result demo(String... arguments) throws Exception {
        return Packaged.run(parley.demo(arguments));
    }

    private Path file(int bytes) throws IOException {
        var content = new byte[bytes];
        new SplittableRandom(bytes).nextBytes(content);
        return Files.write(directory.resolve("file-" + bytes), content);
    }

    private static void assertSilentlyOk(Result result) {
        assertEquals("", result.err());
        assertEquals(0, result.status(), result.out());
    }

    /// One line on stderr about it, with a hint where the mistake is in the arguments; no rows.
    private static void assertRefused(int status, String words, Result result) {
        assertEquals(status, result.status(), result.err());
        assertTrue(result.err().startsWith("parley demo: "), result.err());
        assertTrue(result.err().contains(words), result.err());
        assertEquals(status == USAGE ? 2 : 1, result.err().lines().count(), result.err());
        assertEquals("", result.out());
    }

    private static List<String> cells(String line) {
        return List.of(line.split("\t", -1));
    }

    // Files

    @Test
    void anEmptyFileGoesOverEveryMechanism() throws Exception {
        assertAllOk(0, demo(file(0).toString()));
    }

    @Test
    void oneByteGoesOverEveryMechanism() throws Exception {
        assertAllOk(1, demo(file(1).toString()));
    }

    private static void assertAllOk(int bytes, Result result) {
        assertSilentlyOk(result);
        assertEquals(1 + Mechanism.ALL.size(), result.lines().size());
        for (int i = 0; i < Mechanism.ALL.size(); i++) {
            var row = cells(result.lines().get(i + 1));
            assertEquals(Mechanism.ALL.get(i).name(), row.get(0));
            assertEquals(Integer.toString(bytes), row.get(2));
            assertEquals("ok", row.get(7));
        }
    }

    @Test
    void aSymbolicLinkLeadsToItsFile() throws Exception {
        var link = Files.createSymbolicLink(directory.resolve("link"), file(100));
        var result = demo("--only", "pipe", link.toString());
        assertSilentlyOk(result);
        assertEquals("100", cells(result.lines().get(1)).get(2));
    }

    @Test
    void whatIsNoFileIsRefused() throws Exception {
        assertRefused(USAGE, "/dev/zero is not a regular file", demo("/dev/zero"));
        assertRefused(USAGE, " is a directory; name a file", demo(directory.toString()));
        var fifo = directory.resolve("fifo");
        NamedPipe.create(fifo);
        assertRefused(USAGE, " is not a regular file", demo(fifo.toString()));
        assertRefused(USAGE, "Unmatched argument", demo("a", "b"));
    }

    @Test
    void aFileThatIsNotThereIsNotFound() throws Exception {
        var missing = directory.resolve("missing");
        assertRefused(NOT_FOUND, missing + ": there is no such file", demo(missing.toString()));
        var dangling = Files.createSymbolicLink(directory.resolve("dangling"), missing);
        assertRefused(NOT_FOUND, "there is no such file", demo(dangling.toString()));
    }

    @Test
    void aFileThatMayNotBeReadIsNotPermitted() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root can become another user");
        // In /tmp, as the other user may not come near the test's directory.
        var secret = Files.createTempFile("parley-test-", ".secret"); // mode 0600
        try {
            var command =
                    new ArrayList<>(
                            List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
            var probe = new ArrayList<>(command);
            var jars = System.getProperty("parley.module.path").split(":", -1);
            probe.addAll(List.of("test", "-r", jars[0]));
            assumeTrue(Packaged.run(probe).status() == 0, "another user cannot read " + jars[0]);
            command.addAll(new Packaged(Path.of("/tmp")).demo(secret.toString()));
            assertRefused(NOT_PERMITTED, secret + ": not permitted", Packaged.run(command));
        } finally {
            Files.delete(secret);
        }
    }

    // Arguments

    @Test
    void onlyTheNamedMechanismsRunEachOnce() throws Exception {
        var file = file(1000).toString();
        var result = demo("--only", "mq, fifo,mq", "--only=fifo", file);
        assertSilentlyOk(result);
        assertEquals(
                List.of("MECHANISM", "mq", "fifo"),
                result.lines().stream().map(line -> cells(line).getFirst()).toList());
    }

    @Test
    void aMechanismThatDoesNotExistIsRefused() throws Exception {
        assertRefused(USAGE, "no mechanism 'pigeon'; there are: pipe, ", demo("--only=pigeon"));
        assertRefused(USAGE, "no mechanism ''", demo("--only", "fifo,"));
        assertRefused(USAGE, "no mechanism ''", demo("--only", ","));
        assertRefused(USAGE, "no mechanism ''", demo("--only", ""));
    }

    // Output

    @Test
    void everyJsonLineHasTheDocumentedKeysAndNumbers() throws Exception {
        var result = demo("--json", "--only", "pipe,shm,udp", file(70_000).toString());
        assertSilentlyOk(result);
        assertEquals(3, result.lines().size());
        for (var line : result.lines()) {
            var values = parse(line);
            assertEquals(
                    List.of(
                            "schema",
                            "mechanism",
                            "address",
                            "bytes",
                            "messages",
                            "bytesPerSecond",
                            "roundTripNanos.p50",
                            "roundTripNanos.p99",
                            "status"),
                    List.copyOf(values.keySet()));
            assertEquals("\"parley/1\"", values.get("schema"));
            assertEquals("70000", values.get("bytes"));
            assertEquals("\"ok\"", values.get("status"));
            for (var name : List.of("messages", "bytesPerSecond", "roundTripNanos.p50")) {
                assertTrue(Long.parseLong(values.get(name)) > 0, line);
            }
        }
    }

    /// The values by their names, texts in quotation marks.
    private static Map<String, String> parse(String line) {
        var values = new LinkedHashMap<String, String>();
        try (JsonParser json = new JsonFactory().createParser(ObjectReadContext.empty(), line)) {
            var prefix = "";
            for (var token = json.nextToken(); token != null; token = json.nextToken()) {
                if (token == JsonToken.START_OBJECT && json.currentName() != null) {
                    prefix = json.currentName() + ".";
                } else if (token == JsonToken.END_OBJECT) {
                    prefix = "";
                } else if (token.isScalarValue()) {
                    var quote = token == JsonToken.VALUE_STRING ? "\"" : "";
                    values.put(prefix + json.currentName(), quote + json.getString() + quote);
                }
            }
        }
        return values;
    }

    @Test
    void inAPipeTheColumnsAreSeparatedByTabs() throws Exception {
        var result = demo("--only", "pipe,shm", file(300_000).toString());
        assertSilentlyOk(result);
        assertEquals(COLUMNS, cells(result.lines().getFirst()));
        for (var line : result.lines().subList(1, 3)) {
            var row = cells(line);
            assertEquals(COLUMNS.size(), row.size());
            for (var number : row.subList(2, 7)) {
                assertTrue(Double.parseDouble(number) >= 0, line);
            }
        }
        assertTrue(result.out().contains("shm\tshm:#"), result.out());
    }

    @Test
    void onATerminalThereIsATableAndABarThatIsErased() throws Exception {
        var result = onTerminal("xterm", parley.demo("--only", "pipe,mq", file(500_000) + ""));
        assertEquals(0, result.status(), result.out());
        assertFalse(result.out().contains("\t"), result.out());
        assertTrue(result.out().contains("\r\033[Kmq         [#####"), result.out());
        var shown = new ArrayList<String>(); // what stays, as a terminal shows it
        for (var line : result.out().split("\r\n", -1)) {
            shown.add(line.replaceFirst("(?s).*\r\033\\[K", ""));
        }
        assertTrue(shown.get(0).matches("MECHANISM +ADDRESS +BYTES +.* STATUS"), shown.get(0));
        assertTrue(shown.get(1).matches("pipe +pipe:\\[\\d+] +500000 .* ok"), shown.get(1));
        assertTrue(shown.get(2).matches("mq +mq:/\\S+ +500000 .* ok"), shown.get(2));
        assertEquals(shown.get(0).indexOf("STATUS"), shown.get(1).indexOf(" ok") + 1);
    }

    @Test
    void aTerminalThatCannotEraseGetsNoBar() throws Exception {
        var result = onTerminal("dumb", parley.demo("--only", "pipe", file(500_000) + ""));
        assertEquals(0, result.status(), result.out());
        assertFalse(result.out().contains("\033"), result.out());
    }

    private static Result onTerminal(String kind, List<String> command) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "script(1) is not installed");
        var line = String.join(" ", command.stream().map(word -> "'" + word + "'").toList());
        var builder = new ProcessBuilder("script", "-qec", "stty cols 200; " + line, "/dev/null");
        builder.environment().put("TERM", kind);
        return Packaged.run(builder);
    }

    @Test
    void aReaderThatHasEnoughEndsItQuietly() throws Exception {
        var words = new ArrayList<>(List.of("bash", "-c", "\"$@\" | head -1; exit $PIPESTATUS"));
        words.add("bash");
        words.addAll(parley.demo(file(100_000).toString()));
        var result = Packaged.run(words);
        assertEquals("", result.err());
        assertEquals(List.of(String.join("\t", COLUMNS)), result.lines());
        assertEquals(READER_GONE, result.status());
    }

    @Test
    void aFullDiskUnderTheOutputIsSaid() throws Exception {
        var words = new ArrayList<>(List.of("sh", "-c", "\"$@\" >/dev/full", "sh"));
        words.addAll(parley.demo("--only", "pipe"));
        assertRefused(FAILED, "standard output: ", Packaged.run(words));
    }

    @Test
    void aStackTraceIsForThoseWhoAskForIt() throws Exception {
        var command = parley.demo("/nonexistent");
        assertFalse(STACK_TRACE.matcher(Packaged.run(command).err()).find());
        var builder = new ProcessBuilder(command);
        builder.environment().put("PARLEY_TRACE", "1");
        assertTrue(STACK_TRACE.matcher(Packaged.run(builder).err()).find());
    }

    // Neighbours and limits

    @Test
    void demonstrationsDoNotDisturbEachOther() throws Exception {
        int bytes = 1_000_003; // no multiple of any piece
        var file = file(bytes).toString();
        var other = CompletableFuture.supplyAsync(() -> unchecked(() -> demo(file)));
        assertAllOk(bytes, demo(file));
        assertAllOk(bytes, other.get());
    }

    private static <T> T unchecked(Callable<T> call) {
        try {
            return call.call();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void fullSharedMemoryFailsOneRowAndTeaches() throws Exception {
        try (var sandbox = Sandbox.start(Files.createDirectory(directory.resolve("mq")), "64k")) {
            var command = parley.demo(SOME, file(1000).toString());
            var result = Packaged.run(sandbox.inside(command));
            assertOnlyFails("pshm", "/dev/shm", result);
            assertEquals(List.of(), sandbox.objects());
        }
    }

    @Test
    void theLimitOfQueuesFailsOneRowAndTeaches() throws Exception {
        try (var sandbox = Sandbox.start(Files.createDirectory(directory.resolve("mq")), "4m")) {
            var command = new ArrayList<>(List.of("prlimit", "--msgqueue=100000"));
            command.addAll(parley.demo(SOME, file(1000).toString())); // one of two queues fits
            var result = Packaged.run(sandbox.inside(command));
            assertOnlyFails("mq", "RLIMIT_MSGQUEUE", result);
            assertEquals(List.of(), sandbox.objects());
        }
    }

    private static void assertOnlyFails(String mechanism, String words, Result result) {
        assertEquals("", result.err());
        assertEquals(FAILED, result.status(), result.out());
        assertEquals(1 + SOME.split(",", -1).length, result.lines().size(), result.out());
        for (var line : result.lines().subList(1, result.lines().size())) {
            var row = cells(line);
            if (row.getFirst().equals(mechanism)) {
                assertTrue(row.getLast().startsWith("failed: "), line);
                assertTrue(row.getLast().contains(words), line);
            } else {
                assertEquals("ok", row.getLast(), line);
            }
        }
    }
}
