import module parley;

/// A queue with priorities, and two ways to be told that a message came: a signal with a value, and
/// code on a thread. The sender is the C program examples/mqsend.c. See docs/posix.md.
void main() throws Exception {
    var folder = Files.createTempDirectory("parley-example-");
    var program = folder.resolve("mqsend").toString();
    run("cc", "-o", program, "examples/mqsend.c", "-lrt");
    var name = "/parley-example-" + ProcessHandle.current().pid();
    try (var queue = PosixMessageQueue.create(name)) {
        bySignal(queue, program, name);
        byThread(queue, program, name);
    } finally {
        PosixMessageQueue.unlink(name);
        Files.delete(Path.of(program));
        Files.delete(folder);
    }
}

void bySignal(PosixMessageQueue queue, String program, String name) throws Exception {
    var signal = Signal.realTime(5);
    try (var signals = SignalStream.open(signal);
            var _ = queue.notifyBySignal(signal, 42)) {
        run(program, name, "1", "can wait", "30", "is urgent", "30", "is urgent too");
        if (signals.receive() instanceof SignalInfo.MessageQueue info) {
            IO.println(info.signal() + " with " + info.value() + " for the first message");
        }
    }
    for (var got = queue.tryReceive(); got.isPresent(); got = queue.tryReceive()) {
        IO.println("priority " + got.get().priority() + " " + text(got.get()));
    }
}

void byThread(PosixMessageQueue queue, String program, String name) throws Exception {
    var told = new SynchronousQueue<String>();
    try (var _ =
            queue.notifyThread(notification -> {
                notification.rearm(); // first, so that no message is missed
                for (var got = queue.tryReceive(); got.isPresent(); got = queue.tryReceive()) {
                    told.put(text(got.get()));
                }
            })) {
        IO.println("registered: " + queue.registered().orElseThrow().way());
        run(program, name, "1", "wakes a thread");
        IO.println(told.take());
        run(program, name, "1", "and once more");
        IO.println(told.take());
    }
}

String text(PosixMessageQueue.Message message) {
    return new String(message.content());
}

void run(String... command) throws Exception {
    if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + " failed");
    }
}
