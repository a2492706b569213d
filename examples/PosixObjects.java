import module parley;

/// A POSIX message queue, semaphore and shared memory object, shared with the C program
/// examples/posix.c. See docs/posix.md.
void main() throws Exception {
    var folder = Files.createTempDirectory("parley-example-");
    var program = folder.resolve("posix");
    run("cc", "-pthread", "-o", program.toString(), "examples/posix.c", "-lrt");
    var name = "/parley-example-" + ProcessHandle.current().pid(); // one of each may have it
    try (var queue = PosixMessageQueue.create(name);
            var semaphore = PosixSemaphore.create(name, 0);
            var memory = PosixSharedMemory.create(name, 4096)) {
        queue.send("later".getBytes(), 1);
        queue.send("first".getBytes(), 30); // a higher priority is received earlier
        var c = new ProcessBuilder(program.toString(), name).inheritIO().start();
        if (!semaphore.tryAcquire(Duration.ofMinutes(1))) { // C posts when it has written
            throw new IllegalStateException("the C program did not come");
        }
        IO.println("Java reads from shared memory: " + memory.segment().getString(0));
        IO.println("Java got: " + new String(queue.receive().content()));
        c.waitFor();
    } finally {
        PosixMessageQueue.unlink(name);
        PosixSemaphore.unlink(name);
        PosixSharedMemory.unlink(name);
        Files.delete(program);
        Files.delete(folder);
    }
}

void run(String... command) throws Exception {
    if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + " failed");
    }
}
