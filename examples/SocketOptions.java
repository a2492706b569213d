import module parley;

import parley.socket.SocketOption;

/// Options of sockets, what they bring, and several messages at once. See docs/sockets.md.
void main() throws Exception {
    try (var arena = Arena.ofConfined()) {
        whoSends(arena);
        lookFirst(arena);
        manyAtOnce();
    }
}

/// Who sent which message, and when.
void whoSends(Arena arena) throws Exception {
    try (var receiver = UnixDatagramSocket.bound(UnixAddress.UNNAMED)) {
        receiver.set(SocketOption.PASS_CREDENTIALS, true);
        receiver.set(SocketOption.TIMESTAMPS, true);
        var python = python(receiver.localAddress());
        var into = arena.allocate(100);
        try (var message = receiver.receiveMessage(into)) {
            var sender = message.senderCredentials().orElseThrow();
            IO.println("sent by Python: " + (sender.pid() == python.pid()));
            IO.println("with a time: " + message.timestamp().isPresent());
        }
        python.waitFor();
    }
}

/// Room for a message of any length: its length is asked for first.
void lookFirst(Arena arena) throws Exception {
    try (var pair = UnixSeqpacketSocket.pair()) {
        pair.first().send("how long is this?".getBytes());
        int length = pair.second().peek(MemorySegment.NULL);
        var into = arena.allocate(length);
        IO.println("expected " + length + ", received " + pair.second().receive(into));
    }
}

/// A hundred messages with two system calls, and back again with two.
void manyAtOnce() throws Exception {
    try (var pair = UnixSeqpacketSocket.pair()) {
        var batch = MessageBatch.allocate(100, 8);
        for (int i = 0; i < 100; i++) {
            batch.add(8).set(ValueLayout.JAVA_LONG, 0, i);
        }
        pair.first().send(batch);
        int received = pair.second().receive(batch);
        pair.second().send(batch);
        IO.println(received + " went, and " + pair.first().receive(batch) + " came back");
    }
}

/// A program that sends one message to an abstract name.
Process python(UnixAddress to) throws IOException {
    var script =
            "import socket as s; s.socket(s.AF_UNIX, s.SOCK_DGRAM).sendto(b'x', '%s')"
                    .formatted(to.toString().replace("@", "\\x00"));
    return new ProcessBuilder("python3", "-c", script).inheritIO().start();
}
