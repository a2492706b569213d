import module parley;

/// Sends a message to a Python program, and gets one back.
void main() throws Exception {
    var name = "parley-hello-" + ProcessHandle.current().pid();
    try (var listener = UnixSeqpacketListener.listen(UnixAddress.abstractName(name));
            var arena = Arena.ofConfined()) {
        var python = new ProcessBuilder("python3", "examples/hello.py", name).start();

        try (var socket = listener.accept()) {
            socket.send("Hello from Java".getBytes());
            var answer = arena.allocate(100);
            int length = socket.receive(answer);
            var bytes = answer.asSlice(0, length).asByteBuffer();
            IO.println(StandardCharsets.UTF_8.decode(bytes));
        }
        IO.println("and ended with " + python.waitFor());
    }
}
