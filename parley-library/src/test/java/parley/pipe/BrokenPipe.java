package parley.pipe;

import java.lang.foreign.Arena;
import parley.os.PeerGoneException;

/// The main class of a process that writes, in every way, where nobody reads, and lives to tell.
final class BrokenPipe {
    private BrokenPipe() {}

    private interface Action {
        void run() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        try (var full = Pipe.create();
                var broken = Pipe.create();
                var packets = PacketPipe.create();
                var pages = PageGift.allocate(1);
                var arena = Arena.ofConfined()) {
            broken.source().close();
            packets.source().close();
            var bytes = arena.allocate(10);
            full.sink().write(bytes);
            tell("write", () -> broken.sink().write(bytes));
            tell("tryWrite", () -> broken.sink().tryWrite(bytes));
            tell("send", () -> packets.sink().send(bytes));
            tell("give", () -> broken.sink().give(pages));
            tell("splice", () -> Splice.of(full.source(), broken.sink()).transfer(1));
            tell("tee", () -> Splice.tee(full.source(), broken.sink()).transfer(1));
        }
    }

    private static void tell(String what, Action action) throws Exception {
        try {
            action.run();
            System.out.println(what + " succeeded");
        } catch (PeerGoneException _) {
            System.out.println(what);
        }
    }
}
