import module parley;

import parley.pipe.Pipe; // java.nio.channels has one too

static final int BYTES_AT_ONCE = 1 << 16;

/// Bytes that other programs get, and that nobody copies through this one; and packets. See
/// docs/pipes.md.
void main() throws Exception {
    var path = Files.createTempFile("parley-example-", null);
    Files.writeString(path, "x".repeat(30_000));
    try (var file = Fd.openToRead(path);
            var toCount = Pipe.create();
            var kept = Pipe.create()) {
        splice(file, toCount, kept);
        var count = Spawn.command("wc", "-c").stdin(Redirect.descriptor(toCount.source().fd()));
        IO.println("wc counted " + count.run().outputText().strip());
    } finally {
        Files.delete(path);
    }
    give();
    packets();
}

/// A file goes to wc(1) and, by tee(2), into a second pipe; its bytes are never in this process.
void splice(Fd file, Pipe toCount, Pipe kept) throws Exception {
    var fill = Splice.of(file, toCount.sink());
    var copy = Splice.tee(toCount.source(), kept.sink());
    while (fill.transfer(BYTES_AT_ONCE) != Outcome.END) {}
    IO.println("teed: " + copy.transfer(BYTES_AT_ONCE));
    toCount.sink().close();
}

/// Memory that ends up in the pipe itself.
void give() throws Exception {
    var shout = Spawn.command("tr", "a-z", "A-Z").stdin(Redirect.pipe()).stdout(Redirect.pipe());
    try (var child = shout.start();
            var pages = PageGift.allocate("hello from a page".length())) {
        pages.segment().copyFrom(MemorySegment.ofArray("hello from a page".getBytes()));
        child.stdin().give(pages);
        child.stdin().close();
        IO.println("given: " + new String(child.stdout().inputStream().readAllBytes()));
    }
}

/// Each read of Python's is one packet.
void packets() throws Exception {
    var script =
            "import os; print('Python got:', os.read(3, 4096).decode() + ',', os.read(3,"
                    + " 4096).decode())";
    try (var pipe = PacketPipe.create();
            var arena = Arena.ofConfined()) {
        for (var word : List.of("first", "second")) {
            pipe.sink().send(arena.allocateFrom(ValueLayout.JAVA_BYTE, word.getBytes()));
        }
        var python = Spawn.command("python3", "-c", script).give(3, pipe.source().fd());
        IO.println(python.run().outputText().strip());
    }
}
