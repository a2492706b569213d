package parley;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.source.tree.BlockTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/// Rules over the text of the sources that neither compiler nor formatter holds.
class TidyTest {
    private static final int COLUMNS_MAX = 100;
    private static final int FUNCTION_LINES_MAX = 70;
    private static final Pattern OF_LINKER =
            Pattern.compile(
                    "\\bLinker\\b|\\bSymbolLookup\\b|@SuppressWarnings\\(\"restricted\"\\)");
    private static final Pattern PLATFORM = Pattern.compile("\"os\\.(arch|name)\"");
    private static final Pattern UNFINISHED =
            Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");
    private static final Pattern SLEEP = Pattern.compile("\\bThread\\.sle" + "ep\\(");
    private static final Pattern STANDARD_OUTPUT = Pattern.compile("\\bSystem\\.(out|err)\\b");
    private static final Pattern DESCRIPTOR =
            Pattern.compile("fd|mqd|\\w+Fd|[a-z]*[dD]escriptor|fds|descriptors");

    /// A source file.
    ///
    /// @param place module and path: `parley-tool/src/main/java/parley/tool/Main.java`
    private record Source(String place, boolean isLibrary, String text) {
        boolean isTest() {
            return place.contains("/src/test/");
        }

        boolean is(String end) {
            return place.endsWith(end);
        }

        /// Its lines from 1, without the comments behind `//`.
        List<String> code() {
            return text.lines().map(line -> line.replaceFirst("(^|\\s)//.*", "")).toList();
        }

        String at(int line, String what) {
            return place + ":" + line + ": " + what;
        }
    }

    /// Looks at one file and tells what is wrong, one line each.
    @FunctionalInterface
    private interface Rule {
        List<String> violations(Source source);
    }

    private static final Rule ONE_LINKER =
            source ->
                    source.is("parley/kernel/Native.java") || source.is("/TidyTest.java")
                            ? List.of()
                            : matches(source, source.code(), OF_LINKER);
    private static final Rule ONE_PLACE_FOR_PLATFORMS =
            source ->
                    source.is("parley/kernel/Abi.java")
                            ? List.of()
                            : matches(source, source.code(), PLATFORM);
    private static final Rule NOTHING_UNFINISHED =
            source -> matches(source, source.text().lines().toList(), UNFINISHED);
    private static final Rule NO_SLEEP =
            source -> source.isTest() ? matches(source, source.code(), SLEEP) : List.of();
    private static final Rule NO_STANDARD_OUTPUT =
            source ->
                    source.isLibrary() && !source.isTest()
                            ? matches(source, source.code(), STANDARD_OUTPUT)
                            : List.of();
    private static final Rule NEWLINE_AT_THE_END =
            source ->
                    source.text().endsWith("\n")
                            ? List.of()
                            : List.of(source.place() + " does not end with a newline");
    private static final Rule SHORT_LINES = TidyTest::longLines;
    private static final Rule SHORT_FUNCTIONS = TidyTest::longFunctions;
    private static final Rule NO_BARE_DESCRIPTORS = TidyTest::bareDescriptors;

    @Test
    void onlyNativeLinks() throws IOException {
        assertTidy(ONE_LINKER);
        assertBites(ONE_LINKER, "var linker = Linker.nativeLinker();");
        assertBites(ONE_LINKER, "SymbolLookup lookup;");
        assertBites(ONE_LINKER, "@SuppressWarnings(\"restricted\")");
        assertPasses(ONE_LINKER, "/// as a [Linker] does");
    }

    @Test
    void onlyAbiAsksForThePlatform() throws IOException {
        assertTidy(ONE_PLACE_FOR_PLATFORMS, "TidyTest.java");
        assertBites(ONE_PLACE_FOR_PLATFORMS, "System.getProperty(\"os.arch\")");
        assertBites(ONE_PLACE_FOR_PLATFORMS, "System.getProperty(\"os.name\")");
        assertPasses(ONE_PLACE_FOR_PLATFORMS, "System.getProperty(\"os.version\")");
    }

    @Test
    void nothingIsLeftUnfinished() throws IOException {
        assertTidy(NOTHING_UNFINISHED);
        assertBites(NOTHING_UNFINISHED, "// TO" + "DO later");
        assertBites(NOTHING_UNFINISHED, "// FIX" + "ME");
        assertPasses(NOTHING_UNFINISHED, "int todos;");
    }

    @Test
    void noUnitWaitsForTheClock() throws IOException {
        assertTidy(NO_SLEEP);
        assertBites(NO_SLEEP, "Thread.sle" + "ep(100);");
        assertPasses(NO_SLEEP, "LockSupport.parkNanos(1);");
    }

    @Test
    void theLibraryDoesNotPrint() throws IOException {
        assertTidy(NO_STANDARD_OUTPUT);
        var planted = new Source("src/main/java/Planted.java", true, "System.out.print();");
        assertEquals(1, NO_STANDARD_OUTPUT.violations(planted).size());
        assertPasses(NO_STANDARD_OUTPUT, "System.out.println();"); // in a test
    }

    @Test
    void filesEndWithANewline() throws IOException {
        assertTidy(NEWLINE_AT_THE_END);
        assertBites(NEWLINE_AT_THE_END, "class Planted {}");
        assertPasses(NEWLINE_AT_THE_END, "class Planted {}\n");
    }

    @Test
    void linesHaveAtMostAHundredColumns() throws IOException {
        assertTidy(SHORT_LINES);
        assertBites(SHORT_LINES, "x".repeat(COLUMNS_MAX + 1));
        assertPasses(SHORT_LINES, "é".repeat(COLUMNS_MAX));
    }

    @Test
    void functionsFitAScreen() throws IOException {
        assertTidy(SHORT_FUNCTIONS);
        assertBites(SHORT_FUNCTIONS, function(FUNCTION_LINES_MAX + 1));
        assertPasses(SHORT_FUNCTIONS, function(FUNCTION_LINES_MAX));
    }

    private static String function(int lines) {
        return "class Planted {\n    void f() {\n"
                + "        f();\n".repeat(lines - 2)
                + "    }\n}\n";
    }

    @Test
    void noPublicSignatureHasABareDescriptor() throws IOException {
        assertTidy(NO_BARE_DESCRIPTORS);
        assertBites(NO_BARE_DESCRIPTORS, "public class P { public void f(int fd) {} }");
        assertBites(NO_BARE_DESCRIPTORS, "public class P { protected P(int readFd) {} }");
        assertBites(NO_BARE_DESCRIPTORS, "public class P { public int fd() { return 0; } }");
        assertBites(NO_BARE_DESCRIPTORS, "public record P(int descriptor) {}");
        assertBites(NO_BARE_DESCRIPTORS, "public interface P { void f(int fd); }");
        assertPasses(NO_BARE_DESCRIPTORS, "public class P { void f(int fd) {} }");
        assertPasses(NO_BARE_DESCRIPTORS, "class P { public void f(int fd) {} }");
        assertPasses(NO_BARE_DESCRIPTORS, "public class P { public void f(Fd fd, int n) {} }");
    }

    private static List<String> matches(Source source, List<String> lines, Pattern pattern) {
        var found = new ArrayList<String>();
        for (int i = 0; i < lines.size(); i++) {
            var matcher = pattern.matcher(lines.get(i));
            if (matcher.find()) {
                found.add(source.at(i + 1, matcher.group()));
            }
        }
        return found;
    }

    private static List<String> longLines(Source source) {
        var found = new ArrayList<String>();
        var lines = source.text().lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            var line = lines.get(i);
            int columns = line.codePointCount(0, line.length());
            if (columns > COLUMNS_MAX && !line.startsWith("import ")) {
                found.add(source.at(i + 1, columns + " columns"));
            }
        }
        return found;
    }

    private static List<String> longFunctions(Source source) {
        var found = new ArrayList<String>();
        var unit = parse(source);
        new TreePathScanner<Void, Void>() {
            @Override
            public Void visitMethod(MethodTree method, Void unused) {
                look(method, method.getName().toString());
                return super.visitMethod(method, null);
            }

            @Override
            public Void visitBlock(BlockTree block, Void unused) {
                if (block.isStatic()) {
                    look(block, "static");
                }
                return super.visitBlock(block, null);
            }

            private void look(Tree tree, String name) {
                long first = unit.line(unit.startOf(tree));
                long lines = unit.line(unit.endOf(tree)) - first + 1;
                if (lines > FUNCTION_LINES_MAX) {
                    found.add(source.at((int) first, name + " has " + lines + " lines"));
                }
            }
        }.scan(unit.tree(), null);
        return found;
    }

    private static List<String> bareDescriptors(Source source) {
        if (source.place().contains("/parley/kernel/")
                || source.is("parley/os/Fd.java") // the door: adopt, enter
                || source.is("parley/ready/Readiness.java") // inside a call, between enter and exit
                || (source.isTest() && !source.is("/Planted.java"))) {
            return List.of();
        }
        var found = new ArrayList<String>();
        var unit = parse(source);
        new TreePathScanner<Void, Boolean>() {
            @Override
            public Void visitClass(ClassTree type, Boolean isPublicOutside) {
                boolean isPublic = isPublicOutside && isOpen(type.getModifiers().getFlags());
                for (var member : type.getMembers()) {
                    look(member, isPublic, type.getKind() == Tree.Kind.INTERFACE);
                }
                return super.visitClass(type, isPublic);
            }

            private void look(Tree member, boolean isPublic, boolean isInterface) {
                if (!isPublic) {
                    return;
                }
                if (member instanceof MethodTree method
                        && (isInterface || isOpen(method.getModifiers().getFlags()))) {
                    method.getParameters().forEach(this::lookAtParameter);
                    boolean isInt = "int".equals(String.valueOf(method.getReturnType()));
                    if (isInt && DESCRIPTOR.matcher(method.getName()).matches()) {
                        found.add(place(member, method.getName() + "()"));
                    }
                }
                if (member instanceof VariableTree field && isRecordComponent(field)) {
                    lookAtParameter(field);
                }
            }

            private boolean isRecordComponent(VariableTree field) {
                return getCurrentPathKind() == Tree.Kind.RECORD
                        && !field.getModifiers().getFlags().contains(Modifier.STATIC);
            }

            private Tree.Kind getCurrentPathKind() {
                return getCurrentPath().getLeaf().getKind();
            }

            private void lookAtParameter(VariableTree parameter) {
                boolean isInt = parameter.getType() != null && isNumber(parameter.getType());
                if (isInt && DESCRIPTOR.matcher(parameter.getName()).matches()) {
                    found.add(place(parameter, parameter.toString()));
                }
            }

            private boolean isNumber(Tree type) {
                return Set.of("int", "int[]", "Integer").contains(type.toString());
            }

            private String place(Tree tree, String what) {
                return source.at((int) unit.line(unit.startOf(tree)), what);
            }
        }.scan(unit.tree(), true);
        return found;
    }

    private static boolean isOpen(Set<Modifier> flags) {
        return flags.contains(Modifier.PUBLIC) || flags.contains(Modifier.PROTECTED);
    }

    /// A parsed file and where its trees stand in it.
    private record Unit(CompilationUnitTree tree, Trees trees) {
        long startOf(Tree node) {
            return trees.getSourcePositions().getStartPosition(tree, node);
        }

        long endOf(Tree node) {
            return trees.getSourcePositions().getEndPosition(tree, node);
        }

        long line(long position) {
            return tree.getLineMap().getLineNumber(position);
        }
    }

    private static Unit parse(Source source) {
        var file =
                new SimpleJavaFileObject(URI.create("mem:///P.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source.text();
                    }
                };
        var compiler = ToolProvider.getSystemJavaCompiler();
        var options = List.of("-proc:none");
        var task = (JavacTask) compiler.getTask(null, null, _ -> {}, options, null, List.of(file));
        try {
            return new Unit(task.parse().iterator().next(), Trees.instance(task));
        } catch (IOException e) {
            throw new AssertionError(source.place(), e);
        }
    }

    private static void assertBites(Rule rule, String text) {
        assertTrue(!rule.violations(planted(text)).isEmpty(), "does not bite on " + text);
    }

    private static void assertPasses(Rule rule, String text) {
        assertEquals(List.of(), rule.violations(planted(text)));
    }

    private static Source planted(String text) {
        return new Source("planted/src/test/java/parley/os/Planted.java", true, text);
    }

    private static void assertTidy(Rule rule, String... but) throws IOException {
        var violations = new TreeSet<String>();
        for (var source : sources()) {
            if (Stream.of(but).noneMatch(source::is)) {
                violations.addAll(rule.violations(source));
            }
        }
        assertEquals(Set.of(), violations);
    }

    private static List<Source> sources() throws IOException {
        var library = library();
        var found = new ArrayList<Source>();
        try (Stream<Path> modules = Files.list(library.getParent())) {
            for (var module : modules.filter(each -> !Files.isSymbolicLink(each)).toList()) {
                addSources(module, module.equals(library), found);
            }
        }
        assertTrue(found.size() > 20, "only " + found.size() + " sources beside " + library);
        return found;
    }

    private static void addSources(Path module, boolean isLibrary, List<Source> found)
            throws IOException {
        if (!Files.isDirectory(module.resolve("src"))) {
            return;
        }
        try (Stream<Path> files = Files.walk(module.resolve("src"))) {
            for (var file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
                var place = module.getParent().relativize(file).toString();
                found.add(new Source(place, isLibrary, Files.readString(file)));
            }
        }
    }

    /// The folder of the library: that of the build, or one below the folder we run in.
    private static Path library() throws IOException {
        var start = Path.of("").toAbsolutePath();
        for (var folder = start; folder != null; folder = folder.getParent()) {
            var inside = libraryIn(folder);
            if (inside != null) {
                return inside.toRealPath();
            }
        }
        throw new AssertionError("no sources above " + start);
    }

    private static Path libraryIn(Path folder) throws IOException {
        var mark = "src/main/java/parley/kernel/Native.java";
        if (Files.exists(folder.resolve(mark))) {
            return folder;
        }
        try (Stream<Path> folders = Files.list(folder)) {
            return folders.filter(each -> Files.exists(each.resolve(mark)))
                    .findFirst()
                    .orElse(null);
        }
    }
}
