import module parley;

import parley.pipe.Pipe; // java.nio.channels has one too

/// The textbook's parent and child: a pipe to the child under number 3, and one back under number
/// 4. See docs/process.md.
void main() throws Exception {
    var script = "tr a-z A-Z <&3 >&4";
    try (var there = Pipe.create();
            var back = Pipe.create();
            // Handing over closes our copies: else neither side would find the end of its input.
            var child =
                    Spawn.command("sh", "-c", script)
                            .handOver(3, there.source().fd())
                            .handOver(4, back.sink().fd())
                            .start()) {
        there.sink().outputStream().write("hello, child".getBytes());
        there.sink().close();
        IO.println("the child says: " + new String(back.source().inputStream().readAllBytes()));
        IO.println("the child " + child.awaitExit());
    }
}
