import module parley;

/// Three children listen to what this program publishes. One of them does not read, and holds all
/// back until it is killed; the others get everything. See docs/broadcast.md.
void main(String[] arguments) throws Exception {
    if (arguments.length > 0) {
        listen(arguments[0], arguments[1].equals("reads"));
        return;
    }
    var name = "example-" + ProcessHandle.current().pid();
    try (var broadcast = Broadcast.create(name, Broadcast.Size.DEFAULT);
            var arena = Arena.ofConfined();
            var first = startAgain(name, "reads");
            var second = startAgain(name, "reads");
            var third = startAgain(name, "sleeps")) {
        try (var publisher = broadcast.publisher()) {
            publisher.awaitSubscribers(3, Duration.ofMinutes(1));
            var headline = arena.allocate(ValueLayout.JAVA_LONG);
            for (long number = 0; number < HEADLINES; number++) {
                headline.set(ValueLayout.JAVA_LONG, 0, number);
                while (!publisher.send(headline, Duration.ofMillis(500))) {
                    IO.println("held back by who does not read");
                    third.kill();
                }
            }
        }
        for (var reader : List.of(first, second)) {
            IO.print(new String(reader.stdout().inputStream().readAllBytes()));
        }
    } finally {
        Broadcast.unlink(name);
    }
}

static final int HEADLINES = 500_000; // several times as many as there is room for

void listen(String name, boolean isReading) throws Exception {
    try (var broadcast = Broadcast.open(name);
            var subscriber = broadcast.subscriber().whenAlone(WhenAlone.END)) {
        if (!isReading) {
            System.in.read(); // until it is killed
        }
        var sum = new long[2];
        MessageHandler add =
                (memory, offset, bytes) -> {
                    sum[0]++;
                    sum[1] += memory.get(ValueLayout.JAVA_LONG, offset);
                    return true;
                };
        while (subscriber.drain(add, 1000) != Outcome.END) {}
        IO.println("%d headlines, sum %d".formatted(sum[0], sum[1]));
    }
}

ChildProcess startAgain(String name, String what) throws Exception {
    var java = ProcessHandle.current().info().command().orElseThrow();
    return Spawn.command(java, "@examples/flags", "examples/Headlines.java", name, what)
            .stdin(Redirect.pipe())
            .stdout(Redirect.pipe())
            .start();
}
