package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import parley.peer.Peer;

/// A process that uses a broadcast with a name; it says when it is there, and goes on until it is
/// killed.
final class BroadcastPeer {
    private BroadcastPeer() {}

    /// Starts one.
    ///
    /// @param doing `publish`: numbers, each one more than the last; `loan`: has borrowed room;
    ///   `receive`: takes what comes; `hold`: has subscribed, and does not read
    static Peer start(String doing, String name) throws Exception {
        return ChannelPeer.start(BroadcastPeer.class, doing, name);
    }

    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws Exception {
        try (var arena = Arena.ofConfined();
                var broadcast = Broadcast.open(arguments[1])) {
            var memory = arena.allocate(JAVA_LONG);
            switch (arguments[0]) {
                case "publish" -> {
                    var publisher = broadcast.publisher();
                    System.out.println("there");
                    for (long number = broadcast.status().published(); ; number++) {
                        memory.set(JAVA_LONG, 0, number);
                        publisher.send(memory);
                    }
                }
                case "loan" -> {
                    var loan = broadcast.publisher().loan(100);
                    System.out.println("there");
                    int _ = System.in.read();
                    loan.commit();
                }
                case "receive" -> {
                    var subscriber = broadcast.subscriber();
                    System.out.println("there");
                    while (true) {
                        int _ = subscriber.receive(memory);
                    }
                }
                default -> {
                    var _ = broadcast.subscriber();
                    System.out.println("there");
                    int _ = System.in.read();
                }
            }
        }
    }
}
