package parley.channel;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import parley.peer.Command;
import parley.peer.Peer;

/// A process that sends into a channel or receives from it until it is killed, and writes into a
/// [SoakLedger] what it has done.
final class SoakPeer {
    private static final int RECEIVED_AT_ONCE_MAX = 64;

    private SoakPeer() {}

    /// Starts one, which says when it is there, and what is wrong.
    ///
    /// @param sender its number; negative: it receives, as soon as nobody else does
    static Peer start(String channel, String ledger, int sender) throws Exception {
        return Peer.start(Command.java(List.of(), SoakPeer.class, channel, ledger, "" + sender));
    }

    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws Exception {
        int sender = Integer.parseInt(arguments[2]);
        try (var channel = MessageChannel.open(arguments[0]);
                var ledger = SoakLedger.open(arguments[1])) {
            System.out.println("there");
            if (sender < 0) {
                receive(channel, ledger);
            } else {
                send(channel, ledger, sender);
            }
        }
    }

    private static void send(MessageChannel channel, SoakLedger ledger, int number)
            throws Exception {
        var random = new Random(number);
        var sent = ledger.sent(number);
        var sender = channel.sender();
        while (true) {
            var message = ledger.message(number, sent.get(), random);
            if (random.nextBoolean()) {
                sender.send(message);
            } else {
                try (var loan = sender.loan((int) message.byteSize())) {
                    loan.segment().copyFrom(message);
                    loan.commit();
                }
            }
            sent.increment();
        }
    }

    private static void receive(MessageChannel channel, SoakLedger ledger) throws Exception {
        var receiver = channel.receiver(Duration.ofDays(1)).orElseThrow();
        while (true) {
            int _ = receiver.drain(ledger::handle, RECEIVED_AT_ONCE_MAX);
        }
    }
}
