import module parley;

/// System V memory shared by relatives, to whom the parent tells the id of a segment without a key,
/// and by strangers, who only know a file and make its key. All of them run examples/memory.c. See
/// docs/sysv.md.
void main() throws Exception {
    var folder = Files.createTempDirectory("parley-example-");
    var program = folder.resolve("memory");
    run("cc", "-o", program.toString(), "examples/memory.c");
    try {
        relatives(program);
        strangers(program);
    } finally {
        Files.delete(program);
        Files.delete(folder);
    }
}

/// The segment is removed at once: it stays for those who have it attached or know the id, and
/// nothing is left whatever happens.
void relatives(Path program) throws Exception {
    try (var memory = SysvSharedMemory.createPrivate(4096)) {
        memory.remove();
        memory.segment().setString(0, "the parent");
        run(program.toString(), "id", "" + memory.id());
        IO.println("the parent reads: " + memory.segment().getString(100));
    }
}

void strangers(Path program) throws Exception {
    var key = IpcKey.ftok(program, 'M');
    try (var memory = SysvSharedMemory.create(key, 4096)) {
        try {
            memory.segment().setString(0, "Java");
            // Not our child, but that of a session of its own.
            run("setsid", "--wait", program.toString(), "file", program.toString());
            IO.println("Java reads: " + memory.segment().getString(100));
            IO.println("attached " + memory.status().attachments() + " time");
        } finally {
            memory.remove();
        }
    }
}

void run(String... command) throws Exception {
    if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + " failed");
    }
}
