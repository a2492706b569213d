import module parley;

/// Signals from the shell and from Python, with who sent them; and in the end a SIGTERM, of which a
/// shutdown hook says whose it was. See docs/signals.md.
void main() throws Exception {
    receive();
    tellWhoEndsUs();
}

/// Two programs send, and the kernel says which, why, and with what.
void receive() throws Exception {
    try (var stream = SignalStream.open(Signal.USR1, Signal.realTime(0))) {
        long pid = ProcessHandle.current().pid();
        Spawn.command("sh", "-c", "kill -USR1 " + pid).run();
        say(stream.receive());
        Spawn.command("python3", "examples/sigqueue.py", "" + pid, "42", "43").run();
        say(stream.receive());
        say(stream.receive());
    }
}

void say(SignalInfo info) {
    switch (info) {
        case SignalInfo.Sent sent -> IO.println(sent.signal() + " from " + sent.from());
        case SignalInfo.Queued queued ->
                IO.println(queued.signal() + " with " + queued.value() + " from " + queued.from());
        default -> IO.println(info);
    }
}

/// HotSpot shuts down as ever, and the hook can ask why.
void tellWhoEndsUs() throws Exception {
    var observed = SignalStream.observe(Signal.TERM);
    var hook =
            new Thread(() -> {
                try {
                    say(observed.tryReceive().orElseThrow());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                Runtime.getRuntime().halt(0); // for the test of this example: a success
            });
    Runtime.getRuntime().addShutdownHook(hook);
    Spawn.command("sh", "-c", "kill -TERM " + ProcessHandle.current().pid()).run();
    new CountDownLatch(1).await();
}
