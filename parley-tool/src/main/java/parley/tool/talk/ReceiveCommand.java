package parley.tool.talk;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import parley.address.Address;
import parley.os.OsException;
import parley.tool.Addresses;
import parley.tool.OutOfTime;
import parley.tool.Patience;
import parley.tool.StandardOutput;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `parley receive`: prints what comes.
@Command(
        footer = {
            "",
            "Examples:",
            "  parley receive unix:/tmp/s,listen          what one client sends, to its end",
            "  parley receive udp:127.0.0.1:4242 -J       the next message, and who sent it",
            "  parley receive unix-dgram:@log --follow    all messages, until Ctrl-C",
            "  parley receive fifo:/tmp/f --timeout 2s    what the writers of a FIFO write",
            "  parley receive tcp:127.0.0.1:22            what a server says by itself",
            "  parley receive chan:prices --follow        a channel's messages, until Ctrl-C",
            "",
            "Messages: one, or -c N, each on a line. Streams: to their end, as they are; with -J",
            "an object for each piece that arrived, and where pieces end means nothing.",
            "--peek: the next message (1 MiB of it), or what bytes there are. Left there, they go",
            "with the socket: a connection's peer learns that they were not read (ECONNRESET).",
            "Names: in a path or an abstract name '\\,' is a comma, '\\\\' a backslash, '\\x00' a"
                    + " byte.",
            "A message leaves a channel when it is printed: who is killed before loses nothing.",
            "Exit status: 3 no such name, 5 a message over 1 MiB, 6 somebody has this name, or",
            "receives from this channel, 75 with --nonblock nothing was there,",
            "124 --timeout was over."
        })
public final class ReceiveCommand implements Callable<Integer> {
    /// What a pipe holds.
    private static final int STREAM_BYTES = 64 * 1024;

    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "ADDRESS",
            converter = Addresses.class,
            description =
                    "fifo:/path, unix:/path, unix-dgram:, unix-seq:, tcp:host:port,"
                            + " udp:host:port, msg:0xKEY, mq:/name, chan:name, shm:0xKEY,"
                            + " pshm:/name, file:/path, exec:COMMAND; unix:@name is abstract;"
                            + " add ',listen' to be the server")
    private Address address = new Address.Standard();

    @Option(
            names = {"-c", "--count"},
            paramLabel = "N",
            description = "so many messages; 1 if not given")
    private @Nullable Long count;

    @Option(
            names = "--follow",
            description = "go on: message after message, connection after connection")
    private boolean isFollowing;

    @Option(
            names = "--peek",
            description = "look at what comes next, of a socket, msg: or chan:, and leave it")
    private boolean isPeeking;

    @Option(
            names = "--type",
            paramLabel = "N|-N|!N",
            description = "msg:, mailboxes: of type N; of the lowest type up to N; of any but N")
    private @Nullable String type;

    @Mixin private Range range;

    @Mixin private Patience patience;

    @Option(names = "--raw", description = "the bytes alone: no newline after a message")
    private boolean isRaw;

    @Option(
            names = {"-J", "--json"},
            description = "one JSON object for each message")
    private boolean isJson;

    @Override
    public Integer call() throws Exception {
        if (count != null && count < 1) {
            throw usage("-c " + count + ": a number from 1 on");
        }
        if (count != null && isFollowing) {
            throw usage("-c ends it, and --follow does not");
        }
        if (isPeeking && (count != null || isFollowing)) {
            throw usage("--peek shows what is next and leaves it there: no -c, no --follow");
        }
        if (isPeeking && !canPeek()) {
            throw usage(
                    "'"
                            + address
                            + "' cannot be peeked: sockets, msg:, messages and mailboxes can");
        }
        if (type != null && !Talk.hasTypes(address)) {
            throw usage("--type is for msg: and mailboxes");
        }
        var _ = which();
        Talk.requireCarrying(address, spec.commandLine());
        range.requireFit(address, spec.commandLine());
        if (count != null && Talk.isStream(address)) {
            throw usage("'" + address + "' is a stream, which has no messages to count");
        }
        if (isRaw && isJson) {
            throw usage("--raw or --json");
        }
        return Talk.untilTold(this::receive);
    }

    private boolean canPeek() {
        return Talk.isSocket(address)
                || address instanceof Address.SysvQueue
                || Talk.isChannelToPeek(address);
    }

    private Integer receive() throws IOException, InterruptedException {
        var talk = new Talk(spec.commandLine().getErr());
        var role = isFollowing ? Role.FOLLOW : Role.RECEIVE;
        try (var out = Bytes.standardOutput();
                var place = Place.of(address, role, talk);
                var arena = Arena.ofConfined()) {
            var printer =
                    isJson
                            ? new Printer.Lines(out, address.toString())
                            : new Printer.Plain(out, talk.err(), !isRaw && !Talk.isStream(address));
            var buffer = arena.allocate(0);
            do {
                try (var endpoint = place.open(patience)) {
                    long room = 1L + room(endpoint); // for a newline
                    buffer = buffer.byteSize() < room ? arena.allocate(room) : buffer;
                    if (endpoint instanceof Memory memory) {
                        memory.range(range.offset(), range.length());
                    }
                    if (!isFollowing) {
                        place.leave();
                    }
                    receive(endpoint, buffer, printer, talk);
                    endpoint.finish();
                }
            } while (isFollowing && place.accepts());
        }
        return 0;
    }

    private static int room(Endpoint endpoint) {
        return endpoint instanceof MessageEnd messages ? messages.messageBytesMax() : STREAM_BYTES;
    }

    private void receive(Endpoint endpoint, MemorySegment buffer, Printer printer, Talk talk)
            throws IOException, InterruptedException {
        boolean isEndless = isFollowing || Talk.isStream(address);
        long wanted = isPeeking ? 1 : isEndless ? Long.MAX_VALUE : count == null ? 1 : count;
        var into = buffer.asSlice(0, buffer.byteSize() - 1);
        for (long received = 0; received < wanted; received++) {
            try (var arrival = next(endpoint, into)) {
                if (!arrival.isEnd()) {
                    printer.print(arrival, buffer);
                    if (!isPeeking && endpoint instanceof MessageEnd messages) {
                        messages.done();
                    }
                } else if (received == 0 && patience.isNone() && address instanceof Address.Fifo) {
                    throw patience.over(); // nobody has it open for writing
                } else if (isEndless) {
                    return;
                } else {
                    throw new IOException(
                            "%s: the peer closed, after %d of %d messages"
                                    .formatted(address, received, wanted));
                }
            } catch (OsException e) {
                if (!isFollowing || e.object().equals(StandardOutput.NAME)) {
                    throw e;
                }
                talk.says(e); // one bad peer disturbs no other
                if (endpoint instanceof Bytes) {
                    return;
                }
            } catch (OutOfTime e) {
                if (received > 0 && patience.isNone() && Talk.isStream(address)) {
                    return; // what was there
                }
                throw e;
            }
        }
    }

    private Arrival next(Endpoint endpoint, MemorySegment into)
            throws IOException, InterruptedException {
        return isPeeking
                ? Arrival.peek(endpoint, into, patience)
                : Arrival.next(endpoint, into, which(), patience);
    }

    private Selection which() {
        var words = type == null ? "0" : type;
        return Selection.parse(words)
                .orElseThrow(() ->
                        usage(
                                "--type %s: a number from 1 on; -3 for up to 3, !3 for all but 3"
                                        .formatted(words)));
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
