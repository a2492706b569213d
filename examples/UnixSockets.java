import module parley;

/// The three kinds of Unix socket, with Python at the other end. See docs/sockets.md.
void main() throws Exception {
    var folder = Files.createTempDirectory("parley-example-");
    try (var arena = Arena.ofConfined()) {
        stream(folder.resolve("stream"));
        datagram(folder.resolve("datagram"), arena);
        seqpacket(folder.resolve("seqpacket"), arena);
    } finally {
        Files.delete(folder);
    }
}

/// Bytes in both directions; who is there is the kernel's word.
void stream(Path path) throws Exception {
    try (var listener = UnixStreamListener.listen(UnixAddress.path(path))) {
        var python = python("SOCK_STREAM", path, "s.send(b'bytes '); s.send(b'only'); s.recv(1)");
        try (var socket = listener.accept()) {
            socket.shutdownOutput(); // Python's recv ends, and so does Python
            var text = new String(socket.inputStream().readAllBytes());
            IO.println(
                    "stream: " + text + ", peer known: " + (socket.peer().pid() == python.pid()));
        }
        python.waitFor();
    } finally {
        UnixStreamListener.unlink(path);
    }
}

/// Messages from anybody; each keeps its borders.
void datagram(Path path, Arena arena) throws Exception {
    try (var socket = UnixDatagramSocket.bound(UnixAddress.path(path))) {
        var python = python("SOCK_DGRAM", path, "s.send(b'one'); s.send(b'three')");
        var into = arena.allocate(100);
        IO.println(
                "datagrams: " + socket.receive(into) + " and " + socket.receive(into) + " bytes");
        python.waitFor();
    } finally {
        UnixDatagramSocket.unlink(path);
    }
}

/// Messages over a connection: an empty one is not the end.
void seqpacket(Path path, Arena arena) throws Exception {
    try (var listener = UnixSeqpacketListener.listen(UnixAddress.path(path))) {
        var python = python("SOCK_SEQPACKET", path, "s.send(b''); s.send(b'last')");
        try (var socket = listener.accept()) {
            var into = arena.allocate(100);
            for (int length = socket.receive(into); length != Outcome.END; ) {
                IO.println("seqpacket: " + length + " bytes");
                length = socket.receive(into);
            }
        }
        python.waitFor();
    } finally {
        UnixSeqpacketListener.unlink(path);
    }
}

Process python(String type, Path path, String script) throws IOException {
    var connect = "import socket; s = socket.socket(socket.AF_UNIX, socket.%s); s.connect('%s'); ";
    return new ProcessBuilder("python3", "-c", connect.formatted(type, path) + script)
            .inheritIO()
            .start();
}
