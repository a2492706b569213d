package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import parley.socket.UnixAddress;
import parley.socket.UnixSeqpacketSocket;

/// A JVM that looks at a region which comes over a socket, and says what it sees.
final class Stranger {
    private Stranger() {}

    // The arguments: the socket's abstract name, and the layout.
    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws Exception {
        long layout = Long.parseLong(arguments[1]);
        try (var socket = UnixSeqpacketSocket.connect(UnixAddress.abstractName(arguments[0]));
                var view = RegionView.of(socket.receiveMemory().fd(), layout);
                var arena = Arena.ofConfined()) {
            var giver = view.participants().getFirst();
            System.out.println(giver.pid() + " " + view.data().get(JAVA_INT, 0));
            System.out.println(view.awaitChange(0, 7, giver));
            var text = arena.allocate(16);
            view.copy(64, text);
            System.out.println(text.getString(0));
            System.out.println(view.awaitChange(0, 8, giver) + " " + view.isAlive(giver));
        }
    }
}
