import module parley;

final int EMPTY = 0;
final int FULL = 1;

/// A token goes to a C program and back, over two words of a file in memory that both map; who has
/// to wait sleeps in the kernel. See docs/futex.md.
void main() throws Exception {
    var directory = Files.createTempDirectory("parley-futex");
    var path = directory.resolve("words");
    var program = directory.resolve("other");
    Spawn.command("cc", "-O2", "-o", program.toString(), "examples/futex.c").run();
    try (var memory = Mapping.create(path, 4096);
            var c = Spawn.command(program.toString(), path.toString(), "1000").start()) {
        var there = memory.futex(0);
        var back = memory.futex(64);
        for (int i = 0; i < 1000; i++) {
            give(there);
            take(back);
        }
        IO.println("1000 round trips; the C program " + c.awaitExit());
    } finally {
        Files.deleteIfExists(path);
        Files.deleteIfExists(program);
        Files.delete(directory);
    }
}

void take(Futex word) throws Exception {
    while (!word.compareAndSet(FULL, EMPTY)) {
        word.await(EMPTY);
    }
}

void give(Futex word) throws Exception {
    word.set(FULL);
    word.wake(1);
}
