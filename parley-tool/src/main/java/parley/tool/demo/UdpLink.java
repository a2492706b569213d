package parley.tool.demo;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import parley.os.Fd;
import parley.ready.Outcome;
import parley.socket.UdpSocket;

/// A link of UDP datagrams. UDP drops what a full receiver cannot hold, so the receiver
/// acknowledges every few datagrams on a second pair of sockets, and the sender waits for that.
final class UdpLink implements Link {
    private static final int DATAGRAM_BYTES = 16 * 1024;
    private static final int UNACKNOWLEDGED_MAX = 4; // fits the default receive buffer

    /// How long one wait is, and how many in a row mean a loss. Many short ones: a process that was
    /// stopped for long finds one of them over, but not all.
    private static final Duration WAIT = Duration.ofSeconds(1);

    private static final int WAITS_MAX = 60;

    private final UdpSocket data;
    private final UdpSocket acknowledgements;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment mark;
    private int sent;
    private int received;

    private UdpLink(UdpSocket data, UdpSocket acknowledgements, Closing end) throws Exception {
        this.data = data;
        this.acknowledgements = acknowledgements;
        this.mark = arena.allocate(1);
        end.add(arena);
    }

    static Offer offer(Workplace workplace, Closing end) throws Exception {
        var data = end.add(UdpSocket.boundToLoopback(0));
        var acknowledgements = end.add(UdpSocket.boundToLoopback(0));
        var port = Integer.toString(data.localAddress().getPort());
        var secondPort = Integer.toString(acknowledgements.localAddress().getPort());
        return new Offer(
                "udp:127.0.0.1:" + port,
                List.of(port, secondPort),
                () -> {
                    connectToSender(data);
                    connectToSender(acknowledgements);
                    return new UdpLink(data, acknowledgements, end);
                });
    }

    /// The other side's first datagram says which port it has.
    private static void connectToSender(UdpSocket socket) throws Exception {
        try (var arena = Arena.ofConfined()) {
            socket.connect(socket.receiveDatagram(arena.allocate(1)).sender());
        }
    }

    static Link join(List<String> details, List<Fd> descriptors, Closing end) throws Exception {
        var data = end.add(UdpSocket.connected(Sockets.loopback(details.get(0))));
        var acknowledgements = end.add(UdpSocket.connected(Sockets.loopback(details.get(1))));
        data.send(new byte[1]);
        acknowledgements.send(new byte[1]);
        return new UdpLink(data, acknowledgements, end);
    }

    @Override
    public int pieceBytesMax() {
        return DATAGRAM_BYTES;
    }

    @Override
    public void send(MemorySegment piece) throws Exception {
        data.send(piece);
        sent++;
        if (sent % UNACKNOWLEDGED_MAX == 0) {
            int _ = receive(acknowledgements, mark);
        }
    }

    @Override
    public int receive(MemorySegment into) throws Exception {
        int length = receive(data, into);
        received++;
        if (received % UNACKNOWLEDGED_MAX == 0) {
            acknowledgements.send(mark);
        }
        return length;
    }

    private static int receive(UdpSocket socket, MemorySegment into) throws Exception {
        for (int waits = 0; waits < WAITS_MAX; waits++) {
            int length = socket.receive(into, WAIT);
            if (length != Outcome.NOTHING) {
                return length;
            }
        }
        throw new IOException(
                "a datagram was lost, as UDP may do: nothing came for "
                        + WAITS_MAX * WAIT.toSeconds()
                        + " s");
    }
}
