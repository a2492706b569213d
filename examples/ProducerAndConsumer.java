import module parley;

/// A producer in Java and two consumers in C (examples/consumer.c) on one message queue. The queue
/// is small, so the producer waits for them; the type of a message says what it is. See
/// docs/sysv.md.
static final int JOB = 1;

static final int LAST = 2; // one for each consumer

static final int SUM = 3;

static final int JOBS = 1000;

void main() throws Exception {
    var folder = Files.createTempDirectory("parley-example-");
    var program = folder.resolve("consumer");
    run("cc", "-o", program.toString(), "examples/consumer.c");
    try (var queue = SysvMessageQueue.createPrivate()) {
        try {
            queue.setBytesMax(100); // room for 25 jobs of 4 bytes
            talk(program, queue);
        } finally {
            queue.remove();
        }
    } finally {
        Files.delete(program);
        Files.delete(folder);
    }
}

void talk(Path program, SysvMessageQueue queue) throws Exception {
    var command = List.of(program.toString(), "" + queue.id());
    var first = new ProcessBuilder(command).inheritIO().start();
    var second = new ProcessBuilder(command).inheritIO().start();
    try (var arena = Arena.ofConfined()) {
        var number = arena.allocate(ValueLayout.JAVA_INT);
        for (int i = 1; i <= JOBS; i++) {
            number.set(ValueLayout.JAVA_INT, 0, i);
            queue.send(JOB, number); // waits while the queue is full
        }
        queue.send(LAST, number);
        queue.send(LAST, number);
        long sum = 0;
        for (int i = 0; i < 2; i++) {
            var into = arena.allocate(ValueLayout.JAVA_LONG);
            queue.receive(into, MessageSelector.exactly(SUM));
            sum += into.get(ValueLayout.JAVA_LONG, 0);
        }
        boolean isRight = sum == JOBS * (JOBS + 1L) / 2;
        IO.println("the consumers were given " + sum + ", every job once: " + isRight);
    }
    IO.println("and ended with " + first.waitFor() + " and " + second.waitFor());
}

void run(String... command) throws Exception {
    if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + " failed");
    }
}
