import module parley;

/// A counter in System V memory to which Java and C (examples/counter.c) add at the same time: with
/// a semaphore as its lock nothing is lost, without it something is, as a rule. See docs/sysv.md.
void main() throws Exception {
    var folder = Files.createTempDirectory("parley-example-");
    var program = folder.resolve("counter");
    run("cc", "-O1", "-o", program.toString(), "examples/counter.c");
    try (var set = SysvSemaphoreSet.createPrivate(1);
            var memory = SysvSharedMemory.createPrivate(Long.BYTES)) {
        try {
            long lost = lost(program, 20_000_000, memory, set, false);
            IO.println("without the lock: " + lost + " are lost");
            boolean isAll = lost(program, 100_000, memory, set, true) == 0;
            IO.println("with the lock nothing is lost: " + isAll);
        } finally {
            set.remove();
            memory.remove();
        }
    } finally {
        Files.delete(program);
        Files.delete(folder);
    }
}

/// What is missing when C has added one `rounds` times, and Java all the while.
long lost(Path program, int rounds, SysvSharedMemory memory, SysvSemaphoreSet set, boolean isLocked)
        throws Exception {
    var counter = memory.segment();
    counter.set(ValueLayout.JAVA_LONG, 0, 0);
    int setOrNone = isLocked ? set.id() : -1;
    var c =
            new ProcessBuilder(program.toString(), "" + memory.id(), "" + setOrNone, "" + rounds)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
    c.getInputStream().read(); // it begins
    var lock = set.semaphore(0);
    long ours = 0;
    while (c.isAlive()) {
        if (isLocked) {
            lock.acquire();
        }
        counter.set(ValueLayout.JAVA_LONG, 0, counter.get(ValueLayout.JAVA_LONG, 0) + 1);
        ours++;
        if (isLocked) {
            lock.release();
        }
    }
    if (c.waitFor() != 0) {
        throw new IllegalStateException("the C program failed");
    }
    return rounds + ours - counter.get(ValueLayout.JAVA_LONG, 0);
}

void run(String... command) throws Exception {
    if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + " failed");
    }
}
