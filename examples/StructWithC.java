import module parley;

/// A struct that C programs share: a child, to which the memory is given under a number, and a
/// stranger, who only knows a file. Both run examples/struct.c, and all add to the same field at
/// once. See docs/memory.md.
static final CStruct COUNTER =
        CStruct.of(
                ValueLayout.JAVA_INT.withName("state"),
                ValueLayout.JAVA_LONG.withName("total"),
                MemoryLayout.sequenceLayout(32, ValueLayout.JAVA_BYTE).withName("by"));

static final CStruct.IntField STATE = COUNTER.intField("state");
static final CStruct.LongField TOTAL = COUNTER.longField("total");
static final int ROUNDS = 100_000;

void main() throws Exception {
    var folder = Files.createTempDirectory("parley-example-");
    var program = folder.resolve("struct");
    run(Spawn.command("cc", "-o", program.toString(), "examples/struct.c"));
    try {
        relatives(program);
        strangers(program, folder.resolve("memory"));
    } finally {
        Files.delete(program);
        Files.delete(folder);
    }
}

/// The memory has no name, and is gone when the last of them is.
void relatives(Path program) throws Exception {
    try (var file = MemoryFile.create("counter", COUNTER.bytes());
            var mapping = file.map(Protection.READ_WRITE)) {
        var child = Spawn.command(program.toString(), "/proc/self/fd/3", "the child");
        count(mapping.segment(), child.give(3, file.fd()));
    }
}

void strangers(Path program, Path path) throws Exception {
    try (var mapping = Mapping.create(path, COUNTER.bytes())) {
        // Not our child, but that of a session of its own.
        var words = List.of("setsid", "--wait", program.toString(), path.toString(), "a stranger");
        count(mapping.segment(), Spawn.command(words));
    } finally {
        Files.delete(path);
    }
}

void count(MemorySegment memory, Spawn other) throws Exception {
    try (var process = other.stdout(Redirect.inherit()).start()) {
        STATE.setRelease(memory, 1);
        for (int i = 0; i < ROUNDS; i++) {
            TOTAL.getAndAdd(memory, 1);
        }
        process.awaitExit();
    }
    var by = memory.getString(COUNTER.offset("by"));
    IO.println("Java and %s counted %d".formatted(by, TOTAL.getVolatile(memory)));
}

void run(Spawn command) throws Exception {
    try (var process = command.start()) {
        if (!process.awaitExit().equals(new ExitStatus.Exited(0))) {
            throw new IllegalStateException("cc failed");
        }
    }
}
