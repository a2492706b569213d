import module parley;

/// TCP and UDP on the loopback interface, with Python at the other end. See docs/sockets.md.
void main() throws Exception {
    tcp();
    udp();
}

void tcp() throws Exception {
    try (var listener = TcpListener.listenOnLoopback(0)) { // 0: any free port
        var python =
                python(
                        listener.localAddress(),
                        """
                        s = socket.create_connection(there)
                        s.sendall(s.makefile('rb').readline().upper())
                        """);
        try (var socket = listener.accept()) {
            socket.outputStream().write("over tcp\n".getBytes());
            IO.println("tcp: " + new String(socket.inputStream().readAllBytes()).strip());
        }
        python.waitFor();
    }
}

void udp() throws Exception {
    try (var socket = UdpSocket.boundToLoopback(0);
            var arena = Arena.ofConfined()) {
        var python =
                python(
                        socket.localAddress(),
                        """
                        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                        s.sendto(b'ready', there)
                        print('udp:', s.recv(100).decode(), flush=True)
                        """);
        var into = arena.allocate(100);
        var datagram = socket.receiveDatagram(into, Duration.ofMinutes(1)).orElseThrow();
        var message = "%d bytes came".formatted(datagram.length()).getBytes();
        socket.send(arena.allocateFrom(ValueLayout.JAVA_BYTE, message), datagram.sender());
        python.waitFor();
    }
}

Process python(InetSocketAddress there, String script) throws IOException {
    var head =
            "import socket; there = ('%s', %d)\n"
                    .formatted(there.getAddress().getHostAddress(), there.getPort());
    return new ProcessBuilder("python3", "-c", head + script).inheritIO().start();
}
