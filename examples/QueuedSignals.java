import module parley;

/// Values go to a Python program and come back with queued real-time signals. See
/// docs/signals-sending.md.
void main() throws Exception {
    var signal = Signal.realTime(5);
    var pid = ProcessHandle.current().pid();
    var command = Spawn.command("python3", "examples/signals.py", "" + pid, "" + signal.number());
    try (var stream = SignalStream.open(signal);
            var python = command.stdout(Redirect.pipe()).start()) {
        awaitLine(python); // from here on it has the signal blocked
        for (long value : new long[] {1, 21, -4}) {
            Signals.send(python.pid(), signal, value);
        }
        for (int i = 0; i < 3; i++) {
            var answer = (SignalInfo.Queued) stream.receive();
            boolean isPython = answer.from().pid() == python.pid();
            IO.println(answer.signal() + ": " + answer.value() + ", from Python: " + isPython);
        }
        IO.println(Signals.maySignal(python.pid()).rule());
        python.pidFd().send(signal, 0); // to this process, whoever has its number by now
        IO.println("Python " + python.awaitExit());
    }
}

void awaitLine(ChildProcess child) throws Exception {
    while (child.stdout().inputStream().read() != '\n') {}
}
