import module parley;

/// Maps a file that Python maps too. See docs/memory.md.
void main() throws Exception {
    var path = Files.createTempDirectory("parley-example-").resolve("shared");
    try (var mapping = Mapping.create(path, 4096)) {
        var memory = mapping.segment();
        memory.set(ValueLayout.JAVA_LONG, 0, 41);
        var python =
                new ProcessBuilder("python3", "-c", PYTHON, path.toString()).inheritIO().start();
        IO.println("python3 ended with " + python.waitFor());
        IO.println("Java reads " + memory.get(ValueLayout.JAVA_LONG, 0));
        mapping.sync(); // only now it is sure to be on the disk
    } finally {
        Files.delete(path);
        Files.delete(path.getParent());
    }
}

static final String PYTHON =
        """
        import mmap, struct, sys
        with open(sys.argv[1], "r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
            number = struct.unpack_from("q", memory)[0]
            print("Python reads", number, flush=True)
            struct.pack_into("q", memory, 0, number + 1)
        """;
