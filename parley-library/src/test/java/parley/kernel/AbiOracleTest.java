package parley.kernel;

import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import parley.os.Errno;

/// The C compiler as judge of every layout and constant, for both platforms.
class AbiOracleTest {
    private static final Pattern ERRNO_MACRO = Pattern.compile("#define (E[A-Z0-9]+) (\\d+)");

    static Stream<Named<Abi>> platforms() {
        return Stream.of(
                Named.of("x86-64", Abi.LINUX_X86_64), Named.of("aarch64", Abi.LINUX_AARCH64));
    }

    @ParameterizedTest
    @MethodSource("platforms")
    void everyLayoutAndConstantIsWhatTheHeadersSay(Abi abi) throws Exception {
        var compiler = compiler(abi);
        var verdicts = new TreeMap<String, String>();
        for (var file : COracle.files(abi).entrySet()) {
            verdicts.put(file.getKey(), compiler.judge(file.getValue()));
        }
        assertAll(
                verdicts.entrySet().stream()
                        .map(verdict ->
                                () -> assertEquals("", verdict.getValue(), verdict.getKey())));
    }

    @ParameterizedTest
    @MethodSource("platforms")
    void onlyTheListedConstantsAreNewerThanTheHeaders(Abi abi) throws Exception {
        var compiler = compiler(abi);
        var macros =
                compiler.macros(
                        """
                        #include <fcntl.h>
                        #include <sys/epoll.h>
                        #include <sys/mman.h>
                        #include <sys/socket.h>
                        """);
        var missing =
                COracle.NEWER_THAN_THE_HEADERS.stream()
                        .filter(name -> !macros.contains("#define " + name + " "))
                        .toList();
        System.out.println(
                "not judged by " + compiler.command() + ", not in its headers: " + missing);
        assertTrue(COracle.NEWER_THAN_THE_HEADERS.containsAll(missing));
    }

    @ParameterizedTest
    @MethodSource("platforms")
    void aWrongConstantIsNamed(Abi abi) throws Exception {
        var oracle = new COracle(abi, List.of("fcntl.h"));
        oracle.addEqual("O_CREAT", 0101, "Fcntl.O_CREAT");
        oracle.addEqual("O_EXCL", 0200, "Fcntl.O_EXCL");
        var verdict = compiler(abi).judge(oracle.text());
        assertTrue(verdict.contains("Fcntl.O_CREAT"), verdict);
        assertFalse(verdict.contains("Fcntl.O_EXCL"), verdict);
        assertTrue(verdict.contains("<stdin>:3:"), verdict);
    }

    @ParameterizedTest
    @MethodSource("platforms")
    void aWrongSizeIsNamed(Abi abi) throws Exception {
        var short3 =
                structLayout(
                                JAVA_INT.withName("fd"),
                                JAVA_INT.withName("events"),
                                JAVA_INT.withName("revents"))
                        .withName("pollfd");
        var oracle = new COracle(abi, List.of("poll.h"));
        oracle.addLayout("Poll", short3);
        var verdict = compiler(abi).judge(oracle.text());
        assertTrue(verdict.contains("Poll: struct pollfd size"), verdict);
        assertTrue(verdict.contains("Poll: struct pollfd.revents offset"), verdict);
        assertFalse(verdict.contains("Poll: struct pollfd.fd offset"), verdict);
    }

    @Test
    void aFactOfTheOtherPlatformIsRefused() throws Exception {
        var other = Abi.HOST.equals(Abi.LINUX_X86_64) ? Abi.LINUX_AARCH64 : Abi.LINUX_X86_64;
        var verdict = compiler(Abi.HOST).judge(COracle.files(other).get("Abi"));
        assertTrue(verdict.contains("Abi.O_DIRECT"), verdict);
        assertTrue(verdict.contains("Abi.SYS_futex"), verdict);
        assertTrue(verdict.contains("epoll_event size"), verdict);
    }

    @Test
    void everyHeaderClassIsFound() throws Exception {
        var names = COracle.bindings().stream().map(Class::getSimpleName).toList();
        assertTrue(
                names.containsAll(List.of("Fcntl", "Mqueue", "SysSocket", "Unistd")), "" + names);
    }

    @Test
    void whatNoHeaderStandsForIsKnownByName() throws Exception {
        var root =
                Path.of(Native.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (var files = Files.list(root.resolve("parley/kernel"))) {
            var names =
                    files.map(file -> file.getFileName().toString())
                            .filter(name -> name.matches("[A-Za-z]+\\.class"))
                            .map(name -> name.replace(".class", ""))
                            .collect(Collectors.toCollection(TreeSet::new));
            COracle.bindings().forEach(binding -> names.remove(binding.getSimpleName()));
            assertEquals(
                    Set.of(
                            "Abi",
                            "Faults",
                            "Function",
                            "HandlerCode",
                            "Header",
                            "Native",
                            "Pool",
                            "SegmentPool",
                            "SignalCode"),
                    names);
        }
    }

    @Test
    void allThatAHeaderClassShowsCanBeJudged() throws Exception {
        for (var type : COracle.bindings()) {
            for (var field : type.getDeclaredFields()) {
                boolean isJudged =
                        field.getType().isPrimitive() || field.getType() == StructLayout.class;
                boolean isShown = !Modifier.isPrivate(field.getModifiers());
                boolean isElement = ValueLayout.class.isAssignableFrom(field.getType());
                assertTrue(isJudged || !isShown || isElement, field::toString);
                assertTrue(!isJudged || Modifier.isPublic(field.getModifiers()), field::toString);
            }
        }
    }

    @Test
    void anOffsetConstantIsComparedWithItsLayout() {
        var layouts = List.<StructLayout>of(Mqueue.MQ_ATTR);
        assertEquals(List.of(8L), COracle.offsets("MQ_MAXMSG", layouts));
        assertEquals(List.of(), COracle.offsets("MQ_PRIO_MAX", layouts));
        assertThrows(
                AssertionError.class,
                () -> new COracle(Abi.HOST, List.of()).addClass(WithWrongOffset.class));
    }

    /// A planted mistake: `mq_maxmsg` is at 8.
    public static final class WithWrongOffset {
        public static final StructLayout MQ_ATTR = Mqueue.MQ_ATTR;
        public static final long MQ_MAXMSG = 16;

        private WithWrongOffset() {}
    }

    @ParameterizedTest
    @MethodSource("platforms")
    void everyErrnoHasItsNumber(Abi abi) throws Exception {
        var oracle = new COracle(abi, List.of("errno.h"));
        Arrays.stream(Errno.values())
                .filter(errno -> errno != Errno.UNNAMED)
                .forEach(errno -> oracle.addEqual(errno.name(), errno.number(), errno.name()));
        assertEquals("", compiler(abi).judge(oracle.text()));
    }

    @ParameterizedTest
    @MethodSource("platforms")
    void everyErrorOfTheHeadersHasAName(Abi abi) throws Exception {
        var macros = ERRNO_MACRO.matcher(compiler(abi).macros("#include <errno.h>\n"));
        int seen = 0;
        while (macros.find()) {
            var errno = Errno.of(Integer.parseInt(macros.group(2)));
            assertTrue(errno != Errno.UNNAMED, macros.group());
            seen++;
        }
        assertTrue(seen > 100, seen + " macros");
    }

    @Test
    void anUnknownPlatformIsRefusedByName() {
        var refused =
                assertThrows(UnsupportedOperationException.class, () -> Abi.of("Linux", "riscv64"));
        assertTrue(refused.getMessage().contains("Linux riscv64"), refused.getMessage());
    }

    /// The compiler, or a skipped test; in a build that has to have its tools, a failed one.
    private static COracle.Compiler compiler(Abi abi) {
        var compiler = COracle.Compiler.of(abi);
        boolean isRequired = "1".equals(System.getenv("PARLEY_REQUIRE_TOOLS"));
        if (!compiler.isInstalled() && !isRequired) {
            assumeTrue(false, "no " + compiler.command() + " on the PATH");
        }
        assertTrue(compiler.isInstalled(), "no " + compiler.command() + " on the PATH");
        return compiler;
    }
}
