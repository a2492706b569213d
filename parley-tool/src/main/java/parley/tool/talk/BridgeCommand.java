package parley.tool.talk;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import parley.address.Address;
import parley.tool.Addresses;
import parley.tool.Patience;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `parley bridge`: connects two addresses.
@Command(
        footer = {
            "",
            "Examples:",
            "  parley bridge - tcp:127.0.0.1:80                       talk to a server",
            "  parley bridge unix:/tmp/s,listen tcp:10.0.0.1:5432 --follow",
            "                                                         a server of that host, here",
            "  parley bridge tcp:127.0.0.1:4242,listen exec:'wc -l'   a service for one client",
            "  parley bridge unix-seq:/tmp/a unix-seq:/tmp/b          messages stay messages",
            "  parley bridge fifo:/tmp/in file:/tmp/log,append        one way: from A to B",
            "  parley bridge chan:prices mq:/jobs                     the same, of messages",
            "",
            "Carries both ways until both have ended; where one ends, the other is told. A FIFO, a",
            "file, a queue and a channel go one way: A is read, B is written. Streams go to",
            "streams and messages to messages. Datagrams have no end: such a bridge ends with the",
            "other side. Who listens for datagrams hears all and answers the last one heard.",
            "Descriptors stay here.",
            "Exit status: 1 a peer was gone before all was carried."
        })
public final class BridgeCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "A",
            converter = Addresses.class,
            description =
                    "-, fifo:/path, unix:/path, unix-dgram:, unix-seq:, tcp:host:port,"
                            + " udp:host:port, msg:0xKEY, mq:/name, chan:name, file:/path,"
                            + " exec:COMMAND; unix:@name is abstract;"
                            + " add ',listen' to be the server")
    private Address first = new Address.Standard();

    @Parameters(
            index = "1",
            paramLabel = "B",
            converter = Addresses.class,
            description = "the same")
    private Address second = new Address.Standard();

    @Option(
            names = "--follow",
            description = "every connection that is made, many at a time, until Ctrl-C")
    private boolean isFollowing;

    private final Patience patience = new Patience(); // without end

    @Override
    public Integer call() throws Exception {
        for (var address : List.of(first, second)) {
            Talk.requireCarrying(address, spec.commandLine());
            if (Talk.isMemory(address)) {
                throw usage("'" + address + "' is read and written in place: see send, receive");
            }
        }
        if (Talk.isStream(first) != Talk.isStream(second)) {
            throw usage(
                    "'%s' is a stream and '%s' is not: where would a message end? send --lines and"
                                    .formatted(streamOf(true), streamOf(false))
                            + " receive know");
        }
        return Talk.untilTold(this::bridge);
    }

    private Address streamOf(boolean isStream) {
        return Talk.isStream(first) == isStream ? first : second;
    }

    private Integer bridge() throws IOException, InterruptedException {
        var talk = new Talk(spec.commandLine().getErr());
        try (var a = Place.of(first, Role.FIRST, talk);
                var b = Place.of(second, Role.SECOND, talk)) {
            if (!isFollowing) {
                one(a, b, talk);
            } else if (a.accepts()) {
                new Follower(a, b, talk).run();
            } else if (b.accepts()) {
                new Follower(b, a, talk).run();
            } else {
                throw usage("--follow needs a side that listens: unix:/path,listen");
            }
        }
        return 0;
    }

    /// Opens the side first that waits for somebody; then the other may wait in vain, and nobody
    /// has been disturbed.
    private void one(Place a, Place b, Talk talk) throws IOException, InterruptedException {
        boolean isSecondEarlier = b.accepts() && !a.accepts();
        var earlier = isSecondEarlier ? b : a;
        var later = isSecondEarlier ? a : b;
        try (var one = earlier.open(patience)) {
            earlier.leave();
            try (var other = later.open(patience)) {
                later.leave();
                new Bridge(one, other, talk).run(Thread.ofPlatform().daemon().factory());
            }
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
