package parley.socket;

import java.io.IOException;
import java.lang.foreign.Arena;

/// A service that its manager starts with sockets: says what they are, and answers on the first.
final class PassedSockets {
    private PassedSockets() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        var passed = ServiceManager.current().takeDescriptors();
        for (var each : passed) {
            var flags = Flags.of(each.fd());
            var socket = Socket.of(each.fd());
            IO.println(each.name() + " " + socket.getClass().getSimpleName() + " " + flags);
        }
        IO.println(ServiceManager.current().takeDescriptors());
        try (var listener = UnixSeqpacketListener.of(passed.getFirst().fd().duplicate());
                var connection = listener.accept();
                var arena = Arena.ofConfined()) {
            var into = arena.allocate(100);
            connection.send(into.asSlice(0, connection.receive(into)));
        }
    }
}
