import module parley;

import parley.pipe.Pipe; // java.nio.channels has one too

/// A pipe and two FIFOs, with the shell at the other end. See docs/pipes.md.
void main() throws Exception {
    pipe();
    fifos();
}

/// A child opens our end of a pipe through /proc: a JDK child process inherits no descriptors.
void pipe() throws Exception {
    try (var pipe = Pipe.create()) {
        var end =
                "/proc/%d/fd/%d"
                        .formatted(ProcessHandle.current().pid(), pipe.sink().fd().number());
        var shell = new ProcessBuilder("sh", "-c", "echo from the shell > " + end).start();
        shell.waitFor(); // what it writes fits; more would have to be read meanwhile
        pipe.sink().close(); // or the end would never come

        var text = new String(pipe.source().inputStream().readAllBytes());
        IO.println("pipe: " + text.strip());
    }
}

/// tr(1) reads one FIFO and writes another.
void fifos() throws Exception {
    var folder = Files.createTempDirectory("parley-example-");
    var in = folder.resolve("in");
    var out = folder.resolve("out");
    var toShell = NamedPipe.create(in);
    var fromShell = NamedPipe.create(out);
    var shell =
            new ProcessBuilder("sh", "-c", "tr a-z A-Z < in > out")
                    .directory(folder.toFile())
                    .start();
    try {
        try (var sink = toShell.openSink(Duration.ofMinutes(1)).orElseThrow();
                var source = fromShell.openSource(Duration.ofMinutes(1)).orElseThrow()) {
            sink.outputStream().write("through two fifos\n".getBytes());
            sink.close(); // tr finds the end
            IO.println("fifo: " + new String(source.inputStream().readAllBytes()).strip());
        }
        IO.println("sh ended with " + shell.waitFor());
    } finally {
        shell.destroy();
        NamedPipe.unlink(in);
        NamedPipe.unlink(out);
        Files.delete(folder);
    }
}
