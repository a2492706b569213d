import module parley;

/// What a shell does with `yes | head -3 | tr y n`: the kernel's pipes, and every exit status. See
/// docs/process.md.
void main() throws Exception {
    var pipeline =
            Pipeline.of(
                    Spawn.command("yes"),
                    Spawn.command("head", "-3"),
                    Spawn.command("tr", "y", "n"));
    var done = pipeline.run();
    IO.print(done.outputText());
    IO.println(pipeline + ": " + done.statuses()); // SIGPIPE (13) ended yes, as it should
}
