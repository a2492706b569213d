package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import parley.os.PeerGoneException;
import parley.peer.Command;
import parley.peer.Peer;

/// A process at one side of a request channel with a name; it says when it is there, and goes on
/// until it is killed. A request is a number, and so is its reply.
final class RequestPeer {
    private static final int PARTS = 3;
    private static final ValueLayout.OfLong UNALIGNED = JAVA_LONG.withByteAlignment(1);

    private RequestPeer() {}

    /// Starts one.
    ///
    /// @param doing `serve`: answers; `take`: takes requests and does not; `handle`: never ends
    ///   handling the first, of which it says so; `call`: calls one after another; `wait`: sends
    ///   one request, and does not look at its reply
    static Peer start(String doing, String name) throws Exception {
        var peer = Peer.start(Command.java(List.of(), RequestPeer.class, doing, name));
        var line = peer.line();
        if (!line.equals("there")) {
            throw new AssertionError(line);
        }
        return peer;
    }

    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws Exception {
        try (var channel = RequestChannel.open(arguments[1])) {
            switch (arguments[0]) {
                case "serve" -> {
                    var server = channel.server();
                    System.out.println("there");
                    server.serve(RequestPeer::answer);
                }
                case "take" -> {
                    var server = channel.server();
                    System.out.println("there");
                    while (true) {
                        var _ = server.receive();
                    }
                }
                case "handle" -> {
                    var server = channel.server();
                    System.out.println("there");
                    server.handle((_, _, _, bytes) -> {
                        System.out.println(bytes);
                        int _ = System.in.read();
                    });
                }
                case "call" -> {
                    var client = channel.client();
                    System.out.println("there");
                    for (long number = ProcessHandle.current().pid() << Integer.SIZE; ; number++) {
                        if (!isCalled(client, number)) {
                            throw new AssertionError("the server is gone");
                        }
                    }
                }
                default -> {
                    var client = channel.client();
                    try (var _ = client.stream(new byte[Long.BYTES])) {
                        System.out.println("there");
                        int _ = System.in.read();
                    }
                }
            }
        }
    }

    /// Half of the numbers are answered in parts.
    static byte[] answer(Request request) throws Exception {
        var answer = MemorySegment.ofArray(new byte[Long.BYTES]);
        long number = MemorySegment.ofArray(request.bytes()).get(UNALIGNED, 0);
        answer.set(UNALIGNED, 0, ~number);
        for (int i = 0; i < PARTS && number % 2 == 0; i++) {
            boolean _ = request.part(answer);
        }
        return answer.toArray(JAVA_BYTE);
    }

    /// Calls, and looks at the reply.
    ///
    /// @return false if the server is gone that had the request
    static boolean isCalled(RequestClient client, long number) throws Exception {
        try (var arena = Arena.ofConfined()) {
            var reply = arena.allocate(100);
            long length = client.call(arena.allocateFrom(JAVA_LONG, number), reply);
            int parts = number % 2 == 0 ? PARTS + 1 : 1;
            if (length != (long) parts * Long.BYTES) {
                throw new AssertionError("%d bytes for %d".formatted(length, number));
            }
            for (long at = 0; at < length; at += Long.BYTES) {
                if (reply.get(JAVA_LONG, at) != ~number) {
                    throw new AssertionError("another's reply to " + number);
                }
            }
            return true;
        } catch (PeerGoneException _) {
            return false;
        }
    }
}
