package parley;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import parley.Docs.Page;
import parley.os.Limit;

/// Holds the pages to the sources: links, names, quoted files, the table of limits.
class DocsTest {
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("^#+ (.+)$", Pattern.MULTILINE);
    private static final Pattern IN_BACKTICKS = Pattern.compile("`([^`\n]+)`");
    private static final Pattern QUALIFIED = Pattern.compile("\\bparley\\.[a-z.]+\\.[A-Z]\\w+");
    private static final Pattern TYPE_NAME =
            Pattern.compile("([A-Z][a-z]\\w*[a-z])(?:[.#](\\w+))?(?:\\(.*\\))?");
    private static final Pattern TYPE_IN_SOURCE =
            Pattern.compile("\\b(?:class|record|interface|enum)\\s+(\\w+)");
    private static final List<String> JDK_PACKAGES =
            List.of(
                    "java.lang.",
                    "java.lang.foreign.",
                    "java.lang.invoke.",
                    "java.io.",
                    "java.nio.",
                    "java.nio.channels.",
                    "java.nio.channels.spi.",
                    "java.nio.file.",
                    "java.time.",
                    "java.util.",
                    "java.util.concurrent.");

    /// Words in backticks that look like a type and are none.
    private static final Set<String> NO_TYPES = Set.of("MemAvailable", "SwapFree");

    private static final String TABLE_BEGIN = "<!-- limits: begin -->\n";
    private static final String TABLE_END = "<!-- limits: end -->\n";

    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        var broken = new TreeSet<String>();
        for (var page : Docs.pages()) {
            for (var link : links(page)) {
                if (!resolves(page, link)) {
                    broken.add(page.path() + ": " + link);
                }
            }
        }
        assertEquals(Set.of(), broken);
    }

    private static List<String> links(Page page) {
        return LINK.matcher(page.prose())
                .results()
                .map(found -> found.group(1))
                .filter(link -> !link.contains("://"))
                .toList();
    }

    private static boolean resolves(Page page, String link) throws IOException {
        var parts = link.split("#", 2);
        var from = Docs.root().resolve(page.path());
        var target = parts[0].isEmpty() ? from : from.resolveSibling(parts[0]).normalize();
        if (!Files.exists(target) || !target.startsWith(Docs.root())) {
            return false;
        }
        return parts.length == 1 || anchors(Files.readString(target)).contains(parts[1]);
    }

    /// The names that headings can be linked by.
    private static List<String> anchors(String text) {
        return HEADING.matcher(text)
                .results()
                .map(found -> found.group(1).toLowerCase(Locale.ROOT))
                .map(heading -> heading.replaceAll("[^\\w\\s-]", "").replace(' ', '-'))
                .toList();
    }

    @Test
    void aBrokenLinkIsFound() throws IOException {
        var page = new Page("docs/planted.md", "[a](pipes.md) [b](nothing.md) [c](sockets.md#no)");
        assertEquals(List.of("pipes.md", "nothing.md", "sockets.md#no"), links(page));
        assertTrue(resolves(page, "pipes.md"));
        assertTrue(resolves(page, "sockets.md#after-a-crash"));
        assertTrue(!resolves(page, "nothing.md"));
        assertTrue(!resolves(page, "sockets.md#no"));
        assertTrue(!resolves(page, "../../outside.md"));
    }

    @Test
    void everyPageIsLinked() throws IOException {
        var linked = new TreeSet<String>();
        var pages = new TreeSet<String>();
        for (var page : Docs.pages()) {
            pages.add(page.path());
            for (var link : links(page)) {
                var from = Docs.root().resolve(page.path());
                var target = from.resolveSibling(link.split("#", 2)[0]).normalize();
                linked.add(Docs.root().relativize(target).toString());
            }
        }
        pages.removeAll(linked);
        assertEquals(Set.of("README.md"), pages, "pages that nothing leads to");
    }

    @Test
    void everyTypeThatIsNamedExists() throws IOException {
        var sources = sources();
        var unknown = new TreeSet<String>();
        for (var page : Docs.pages()) {
            QUALIFIED
                    .matcher(page.text())
                    .results()
                    .map(found -> found.group())
                    .filter(name -> !sources.containsKey(name.substring(name.lastIndexOf('.') + 1)))
                    .forEach(name -> unknown.add(page.path() + ": " + name));
            IN_BACKTICKS
                    .matcher(page.prose())
                    .results()
                    .map(found -> found.group(1))
                    .filter(name -> !isKnown(name, sources))
                    .forEach(name -> unknown.add(page.path() + ": " + name));
        }
        assertEquals(Set.of(), unknown);
    }

    @Test
    void aTypeThatDoesNotExistIsFound() throws IOException {
        var sources = sources();
        assertTrue(isKnown("NamedPipe.openSource()", sources));
        assertTrue(isKnown("InterruptedIOException", sources));
        assertTrue(isKnown("send(…, Duration)", sources));
        assertTrue(!isKnown("NamedPipe.openEnd()", sources));
        assertTrue(!isKnown("NamelessPipe", sources));
    }

    /// True for what is not a type, and for a type that exists with the member that is named.
    private static boolean isKnown(String name, Map<String, String> sources) {
        var matcher = TYPE_NAME.matcher(name);
        if (!matcher.matches() || NO_TYPES.contains(matcher.group(1))) {
            return true;
        }
        var member = matcher.group(2);
        var source = sources.get(matcher.group(1));
        if (source != null) {
            return member == null || source.matches("(?s).*\\b" + member + "\\b.*");
        }
        return JDK_PACKAGES.stream().anyMatch(each -> isInJdk(each + matcher.group(1)));
    }

    private static boolean isInJdk(String name) {
        try {
            return Class.forName(name, false, null) != null;
        } catch (ClassNotFoundException _) {
            return false;
        }
    }

    /// The text in which each type of the project is declared.
    private static Map<String, String> sources() throws IOException {
        var sources = new HashMap<String, String>();
        for (var module : List.of("parley-library", "parley-tool", "parley-bench")) {
            try (Stream<Path> files = Files.walk(Docs.root().resolve(module).resolve("src"))) {
                for (var file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
                    var text = Files.readString(file);
                    TYPE_IN_SOURCE
                            .matcher(text)
                            .results()
                            .forEach(found -> sources.merge(found.group(1), text, String::concat));
                }
            }
        }
        for (var example : Docs.examples()) {
            sources.put(example.replace(".java", ""), "");
        }
        return sources;
    }

    @Test
    void everyPublicTypeIsOnAPage() throws IOException {
        var prose = new StringBuilder();
        for (var page : Docs.pages()) {
            prose.append(page.text());
        }
        var missing = new TreeSet<String>();
        var packages = Docs.root().resolve("parley-library/src/main/java/parley");
        try (Stream<Path> files = Files.walk(packages)) {
            for (var file : files.filter(DocsTest::isPublicSource).toList()) {
                var name = file.getFileName().toString().replace(".java", "");
                if (!Pattern.compile("`" + name + "\\b").matcher(prose).find()) {
                    missing.add(name);
                }
            }
        }
        assertEquals(Set.of(), missing, "types without a page");
    }

    private static boolean isPublicSource(Path file) {
        var name = file.toString();
        if (!name.endsWith(".java") || name.contains("/kernel/") || name.contains("-info")) {
            return false;
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.anyMatch(line -> line.startsWith("public "));
        } catch (IOException e) {
            throw new AssertionError(name, e);
        }
    }

    @Test
    void whatIsQuotedFromAFileIsThatFile() throws IOException {
        var different = new ArrayList<String>();
        for (var page : Docs.pages()) {
            for (var fence : page.fences()) {
                if (!isAsMarked(fence)) {
                    different.add(fence.page() + ": " + fence.mark() + "=" + fence.path());
                }
            }
        }
        assertEquals(List.of(), different);
    }

    @Test
    void aQuoteThatIsNotTheFileIsFound() throws IOException {
        var page = new Page("planted.md", "```c from=examples/sysv.c\nint main(void)\n```\n");
        assertTrue(!isAsMarked(page.fences().getFirst()));
        page = new Page("planted.md", "```text flie=examples/flags\n```\n");
        assertTrue(!isAsMarked(page.fences().getFirst()));
        page = new Page("planted.md", "```python from=examples/hello.py\nimport socket, sys\n```");
        assertTrue(isAsMarked(page.fences().getFirst()));
    }

    private static boolean isAsMarked(Docs.Fence fence) throws IOException {
        return switch (fence.mark()) {
            case "null" -> true;
            case "file" -> Files.readString(Docs.root().resolve(fence.path())).equals(fence.text());
            case "from" ->
                    Files.readString(Docs.root().resolve(fence.path())).contains(fence.text());
            case "output" -> Docs.examples().contains(fence.path().replace("examples/", ""));
            default -> false;
        };
    }

    @Test
    void theReadmeShowsBothSidesOfItsExample() throws IOException {
        var readme = page("README.md");
        for (var file : List.of("examples/Hello.java", "examples/hello.py")) {
            assertTrue(
                    readme.fences().stream()
                            .anyMatch(fence ->
                                    fence.mark().equals("file") && fence.path().equals(file)),
                    file + " is not in README.md");
        }
        long lines = Files.readString(Docs.root().resolve("examples/Hello.java")).lines().count();
        assertTrue(lines <= 20, lines + " lines");
    }

    /// Writes the table anew with `./parley verify -Dparley.docs.write=true`.
    @Test
    void theTableOfLimitsIsThatOfTheProgram() throws IOException {
        var path = Docs.root().resolve("docs/limits.md");
        var text = Files.readString(path);
        int begin = text.indexOf(TABLE_BEGIN) + TABLE_BEGIN.length();
        int end = text.indexOf(TABLE_END);
        if (Boolean.getBoolean("parley.docs.write")) {
            Files.writeString(path, text.substring(0, begin) + table() + text.substring(end));
        }
        text = Files.readString(path);
        assertEquals(table(), text.substring(begin, text.indexOf(TABLE_END)));
    }

    private static String table() {
        var table =
                new StringBuilder("| Limit | What it bounds | Unit | Where |\n|---|---|---|---|\n");
        for (var limit : Limit.values()) {
            table.append(
                    "| `%s` | %s. %s | %s | %s |\n"
                            .formatted(
                                    limit,
                                    capitalized(limit.title()),
                                    limit.meaning(),
                                    limit.unit(),
                                    limit.source()));
        }
        return table.toString();
    }

    private static String capitalized(String text) {
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }

    private static Page page(String path) throws IOException {
        return Docs.pages().stream()
                .filter(page -> page.path().equals(path))
                .findFirst()
                .orElseThrow();
    }
}
