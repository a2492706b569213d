import module parley;

/// A semaphore with the initial value 1 guards a file: Java and two processes in C
/// (examples/guarded.c) each read a number from it, add one and write it back. Undo gives the
/// permit back if one of them dies inside. See docs/sysv.md.
static final int ROUNDS = 200;

void main() throws Exception {
    var folder = Files.createTempDirectory("parley-example-");
    var program = folder.resolve("guarded");
    var file = Files.writeString(folder.resolve("number"), "0");
    run("cc", "-o", program.toString(), "examples/guarded.c");
    var key = IpcKey.ftok(file, 'G'); // the file itself is what all of them know
    try (var set = SysvSemaphoreSet.create(key, 1)) {
        try {
            var command = List.of(program.toString(), file.toString(), "" + ROUNDS);
            var first = new ProcessBuilder(command).inheritIO().start();
            var second = new ProcessBuilder(command).inheritIO().start();
            addTo(file, set.semaphore(0).withUndo());
            IO.println("C ended with " + first.waitFor() + " and " + second.waitFor());
            boolean isAll = Files.readString(file).equals("" + 3 * ROUNDS);
            IO.println("the file has " + Files.readString(file) + ", nothing lost: " + isAll);
        } finally {
            set.remove();
        }
    } finally {
        Files.delete(file);
        Files.delete(program);
        Files.delete(folder);
    }
}

void addTo(Path file, SysvSemaphore guard) throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
        guard.acquire();
        try {
            int number = Integer.parseInt(Files.readString(file));
            Files.writeString(file, "" + (number + 1));
        } finally {
            guard.release();
        }
    }
}

void run(String... command) throws Exception {
    if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + " failed");
    }
}
