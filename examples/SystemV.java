import module parley;

/// A System V queue, semaphore set and segment, shared with the C program examples/sysv.c, which
/// finds all three under one key. See docs/sysv.md.
void main() throws Exception {
    var folder = Files.createTempDirectory("parley-example-");
    var program = folder.resolve("sysv");
    run("cc", "-o", program.toString(), "examples/sysv.c");
    var key = IpcKey.ftok(program, 'P'); // as C's ftok
    try (var queue = SysvMessageQueue.create(key);
            var semaphores = SysvSemaphoreSet.create(key, 0);
            var memory = SysvSharedMemory.create(key, 4096)) {
        try {
            talk(program, queue, semaphores.semaphore(0), memory.segment());
        } finally {
            queue.remove();
            semaphores.remove();
            memory.remove();
        }
    } finally {
        Files.delete(program);
        Files.delete(folder);
    }
}

void talk(Path program, SysvMessageQueue queue, SysvSemaphore written, MemorySegment memory)
        throws Exception {
    var c = new ProcessBuilder(program.toString()).inheritIO().start();
    if (!written.tryAcquire(Duration.ofMinutes(1))) { // C gives a permit when it has written
        throw new IllegalStateException("the C program did not come");
    }
    IO.println("Java reads from shared memory: " + memory.getString(0));

    queue.send(1, "not urgent".getBytes());
    queue.send(2, "urgent".getBytes()); // C receives type 2 first
    c.waitFor();
    var answer = queue.receive(MessageSelector.exactly(9));
    IO.println("Java got a message of type " + answer.type() + ": " + new String(answer.text()));
}

void run(String... command) throws Exception {
    if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + " failed");
    }
}
