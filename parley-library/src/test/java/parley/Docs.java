package parley;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The project's pages and what stands in them, for the tests that hold them true.
final class Docs {
    private static final Pattern FENCE =
            Pattern.compile(
                    "^```(\\w*)(?: (\\w+)=(\\S+))?\\R(.*?)^```$",
                    Pattern.MULTILINE | Pattern.DOTALL);

    private Docs() {}

    /// A page, by its path below the project's folder.
    record Page(String path, String text) {
        /// What is marked as code, without the marks.
        List<Fence> fences() {
            return FENCE.matcher(text)
                    .results()
                    .map(found ->
                            new Fence(
                                    path,
                                    String.valueOf(found.group(2)),
                                    String.valueOf(found.group(3)),
                                    found.group(4)))
                    .toList();
        }

        /// The text without what is marked as code.
        String prose() {
            return FENCE.matcher(text).replaceAll("");
        }
    }

    /// Marked code. `file=PATH`: it is the whole file; `from=PATH`: a part of it; `output=PATH`:
    /// what the example prints; `null`: nothing is said.
    record Fence(String page, String mark, String path, String text) {}

    /// The project's folder: the one above the module that the build runs in.
    static Path root() {
        var start = Path.of("").toAbsolutePath();
        for (var folder = start; folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("docs/architecture.md"))) {
                return folder;
            }
        }
        throw new AssertionError("no docs above " + start);
    }

    /// All pages of the project.
    static List<Page> pages() throws IOException {
        var found = new ArrayList<Page>();
        addPages(root(), 1, found);
        addPages(root().resolve("docs"), Integer.MAX_VALUE, found);
        addPages(root().resolve("examples"), Integer.MAX_VALUE, found);
        addPages(root().resolve("models"), Integer.MAX_VALUE, found);
        return found;
    }

    private static void addPages(Path folder, int depth, List<Page> found) throws IOException {
        try (Stream<Path> files = Files.walk(folder, depth)) {
            for (var file : files.filter(each -> each.toString().endsWith(".md")).toList()) {
                found.add(new Page(root().relativize(file).toString(), Files.readString(file)));
            }
        }
    }

    /// The programs in `examples`, by file name.
    static List<String> examples() throws IOException {
        try (Stream<Path> files = Files.list(root().resolve("examples"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".java"))
                    .sorted()
                    .toList();
        }
    }
}
