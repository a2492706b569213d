import module parley;

/// A counter in shared memory that this program and examples/guardedcounter.c increment at the same
/// time, each with the semaphore that lies beside it. See docs/posix.md.
final StructLayout SHARED = // struct shared of guardedcounter.c
        MemoryLayout.structLayout(
                PosixSemaphore.LAYOUT.withName("mutex"), ValueLayout.JAVA_LONG.withName("counter"));

void main() throws Exception {
    var folder = Files.createTempDirectory("parley-example-");
    var program = folder.resolve("counter").toString();
    var compiler =
            new ProcessBuilder(
                    "cc", "-pthread", "-o", program, "examples/guardedcounter.c", "-lrt");
    if (compiler.inheritIO().start().waitFor() != 0) {
        throw new IllegalStateException("examples/guardedcounter.c does not compile");
    }
    var name = "/parley-example-" + ProcessHandle.current().pid();
    try (var memory = PosixSharedMemory.create(name, SHARED.byteSize());
            var mutex = PosixSemaphore.createUnnamed(memory.segment(), 1)) {
        var counter =
                memory.segment()
                        .asSlice(
                                SHARED.byteOffset(MemoryLayout.PathElement.groupElement("counter")),
                                8);
        int times = 100_000;
        var c = new ProcessBuilder(program, name, "" + times).inheritIO().start();
        for (int i = 0; i < times; i++) {
            mutex.acquire();
            counter.set(ValueLayout.JAVA_LONG, 0, counter.get(ValueLayout.JAVA_LONG, 0) + 1);
            mutex.release();
        }
        IO.println("the C program exited with " + c.waitFor());
        long lost = 2L * times - counter.get(ValueLayout.JAVA_LONG, 0);
        IO.println(lost == 0 ? "both counted, and no increment is lost" : lost + " are lost");
    } finally {
        PosixSharedMemory.unlink(name);
        Files.delete(Path.of(program));
        Files.delete(folder);
    }
}
