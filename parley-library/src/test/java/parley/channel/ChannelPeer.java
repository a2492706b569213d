package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import parley.peer.Command;
import parley.peer.Peer;

/// A process at the other side of a channel with a name; it says when it is there, and goes on
/// until it is killed.
final class ChannelPeer {
    private ChannelPeer() {}

    /// Starts one.
    ///
    /// @param doing `send`: numbers from 0 on; `loan`: has borrowed room; `receive`: takes what
    ///   comes; `report`: the same, numbers, which it says; `lease`: leases what comes, and keeps
    ///   it; `handle`: never ends handling the first message; `hold`: has it open; `create`: as
    ///   `hold`, and makes it
    static Peer start(String doing, String name) throws Exception {
        return start(ChannelPeer.class, doing, name);
    }

    /// Starts another program that says when it is there.
    static Peer start(Class<?> main, String doing, String name) throws Exception {
        var peer = Peer.start(Command.java(List.of(), main, doing, name));
        var line = peer.line();
        if (!line.equals("there")) {
            throw new AssertionError(line);
        }
        return peer;
    }

    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws Exception {
        var size = new MessageChannel.Size(2, 4096);
        var name = arguments[1];
        try (var arena = Arena.ofConfined();
                var channel =
                        arguments[0].equals("create")
                                ? MessageChannel.create(name, size)
                                : MessageChannel.open(name)) {
            var memory = arena.allocate(JAVA_LONG);
            switch (arguments[0]) {
                case "send" -> {
                    var sender = channel.sender();
                    System.out.println("there");
                    for (long number = 0; ; number++) {
                        memory.set(JAVA_LONG, 0, number);
                        sender.send(memory);
                    }
                }
                case "loan" -> {
                    var sender = channel.sender();
                    memory.set(JAVA_LONG, 0, 1);
                    sender.send(memory);
                    var loan = sender.loan(100);
                    System.out.println("there");
                    int _ = System.in.read();
                    loan.segment().fill((byte) 1);
                    loan.commit();
                }
                case "receive" -> {
                    var receiver = channel.receiver();
                    System.out.println("there");
                    while (true) {
                        int _ = receiver.receive(memory);
                    }
                }
                case "report" -> {
                    var receiver = channel.receiver();
                    System.out.println("there");
                    while (true) {
                        int _ = receiver.drain(ChannelPeer::report, 1);
                    }
                }
                case "lease" -> {
                    var receiver = channel.receiver();
                    System.out.println("there");
                    while (true) {
                        int times = receiver.lease().orElseThrow().times();
                        System.out.println(times);
                    }
                }
                case "handle" -> {
                    var receiver = channel.receiver();
                    System.out.println("there");
                    int _ = receiver.drain((_, _, _) -> System.in.read() < 0, 1);
                }
                default -> {
                    System.out.println("there");
                    int _ = System.in.read();
                }
            }
        }
    }

    @SuppressWarnings("SystemOut")
    private static boolean report(MemorySegment memory, long offset, int bytes) {
        System.out.println(memory.get(JAVA_LONG_UNALIGNED, offset));
        return bytes == JAVA_LONG.byteSize();
    }
}
