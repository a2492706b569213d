package parley.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import parley.peer.Command;
import parley.tool.demo.Packaged;

/// `./parley` itself, as its user starts it.
@Timeout(120)
class LauncherIT {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    @TempDir private Path directory;

    private Packaged.Result run(String variable, String locale, String... arguments)
            throws Exception {
        assumeTrue(Files.exists(ROOT.resolve("target/app/stamp")), "./parley verify builds it");
        var builder = new ProcessBuilder(ROOT.resolve("parley").toString());
        builder.command().addAll(List.of(arguments));
        var environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("LC_") || name.equals("LANG"));
        environment.putAll(
                Map.of(
                        variable,
                        locale,
                        "PARLEY_VERIFYING",
                        "1",
                        "PARLEY_JAVA_HOME",
                        System.getProperty("java.home")));
        return Packaged.run(builder);
    }

    @ParameterizedTest
    @CsvSource({
        "LC_ALL, C",
        "LC_ALL, POSIX",
        "LC_CTYPE, C",
        "LANG, C",
        "LANG, ''",
        "LANG, C.UTF-8"
    })
    void namesAreUtf8WhateverTheLocale(String variable, String locale) throws Exception {
        var fifo = directory.resolve("größe");
        var made = run(variable, locale, "create", "fifo:" + fifo);
        assertEquals(0, made.status(), made.err());
        assertEquals("prw-------", Command.output("stat", "-c", "%A", fifo.toString()));
        var name = "unix-dgram:@größe-" + directory.getFileName();
        var none = run(variable, locale, "receive", name, "--timeout", "10ms");
        assertEquals(124, none.status(), none.err());
        assertTrue(none.err().startsWith("listening on " + name + "\n"), none.err());
    }

    /// The next file that the JVM opens would be it: its own classes would be sent.
    @Test
    void aClosedInputIsNotSomeOtherFile() throws Exception {
        var copy = directory.resolve("copy");
        var ended = shell("send file:" + copy + " <&-");
        assertEquals(1, ended.status());
        assertTrue(ended.err().contains("read standard input: EBADF"), ended.err());
        assertEquals(0, Files.size(copy));
    }

    @ParameterizedTest
    @ValueSource(strings = {">&-", "<&- >&-", "<&- >&- 2>&-"})
    void aClosedOutputIsNotSomeOtherFile(String closed) throws Exception {
        assertEquals(1, shell("receive exec:'echo x' " + closed).status());
    }

    /// As a program that is started without us: HotSpot would raise the limit of open files, and
    /// leave a file behind that tells of a JVM.
    @Test
    void whatTheCommandBecomesBearsNoTraceOfIt() throws Exception {
        var made = shell("create sem:private").out().strip();
        try {
            var look = "ulimit -Sn; ls /tmp/hsperfdata_*/$$ 2>/dev/null; echo end";
            var words =
                    "ulimit -Sn 200; exec '%s' with %s -- sh -c '%s'"
                            .formatted(ROOT.resolve("parley"), made, look);
            var ran = Packaged.run(List.of("sh", "-c", words));
            assertEquals("200\nend\n", ran.out(), ran.err());
        } finally {
            var _ = shell("remove " + made);
        }
    }

    private static Packaged.Result shell(String script) throws Exception {
        return Packaged.run(List.of("sh", "-c", "'" + ROOT.resolve("parley") + "' " + script));
    }
}
