import module parley;

/// A child writes a million lines into a pipe in shared memory, and is killed then: all of them
/// come, and the end. See docs/bytepipe.md.
void main(String[] arguments) throws Exception {
    if (arguments.length > 0) {
        writeLines(arguments[0]);
        return;
    }
    var name = "example-" + ProcessHandle.current().pid();
    try (var pipe = BytePipe.create(name, BytePipe.CAPACITY_DEFAULT);
            var in = new BufferedReader(new InputStreamReader(pipe.source().inputStream()));
            var child = startAgain(name)) {
        var last = "";
        for (int i = 0; i < LINES; i++) {
            last = in.readLine();
        }
        IO.println("%d lines, the last one: %s".formatted(LINES, last));
        child.kill();
        IO.println("and the end, as its writer is dead: " + in.readLine());
    } finally {
        BytePipe.unlink(name);
    }
}

static final int LINES = 1_000_000;

void writeLines(String name) throws Exception {
    try (var pipe = BytePipe.open(name);
            var out = new PrintWriter(new BufferedOutputStream(pipe.sink().outputStream()))) {
        for (int i = 0; i < LINES; i++) {
            out.println("line " + i);
        }
        out.flush();
        System.in.read(); // until it is killed
    }
}

ChildProcess startAgain(String name) throws Exception {
    var java = ProcessHandle.current().info().command().orElseThrow();
    return Spawn.command(java, "@examples/flags", "examples/BytesThroughMemory.java", name)
            .stdin(Redirect.pipe())
            .start();
}
