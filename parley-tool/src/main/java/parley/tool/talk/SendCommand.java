package parley.tool.talk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import parley.address.Address;
import parley.address.FileStream;
import parley.os.Fd;
import parley.posix.PosixMessageQueue;
import parley.ready.ByteSink;
import parley.socket.ControlMessage;
import parley.socket.MessageSocket;
import parley.socket.UdpSocket;
import parley.socket.UnixDatagramSocket;
import parley.socket.UnixSeqpacketSocket;
import parley.socket.UnixStreamSocket;
import parley.tool.Addresses;
import parley.tool.Durations;
import parley.tool.Patience;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `parley send`: gives something to whoever is at an address.
@Command(
        footer = {
            "",
            "Examples:",
            "  parley send unix-dgram:/run/log 'I was here'    one message",
            "  parley send fifo:/tmp/f <report.txt             all of standard input",
            "  parley send udp:127.0.0.1:4242 --lines -i 0.5   a message for each line",
            "  parley send unix:/run/s --fd report.txt take    an open file along with it",
            "  parley send tcp:0.0.0.0:4242,listen -f disk.img to the first that connects",
            "  parley send chan:prices '17.4'                  into a channel of shared memory",
            "",
            "Without TEXT or -f: standard input, whole, as one message; to a stream, as it comes.",
            "Nothing is added to TEXT; --lines ends each line with a newline on a stream.",
            "Exit status: 3 no such name, 5 too long for a message, 6 a channel has all its",
            "senders, 75 with --nonblock nobody reads or there is no room, 124 --timeout was over."
        })
public final class SendCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "ADDRESS",
            converter = Addresses.class,
            description =
                    "fifo:/path, unix:/path, unix-dgram:, unix-seq:, tcp:host:port,"
                            + " udp:host:port, msg:0xKEY, mq:/name, chan:name, shm:0xKEY,"
                            + " pshm:/name, file:/path, exec:COMMAND; unix:@name is abstract")
    private Address address = new Address.Standard();

    @Parameters(index = "1", arity = "0..1", paramLabel = "TEXT", description = "what to send")
    private @Nullable String text;

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "send what is in a file")
    private @Nullable Path file;

    @Option(names = "--lines", description = "each line by itself, as a message of its own")
    private boolean isByLine;

    @Option(
            names = {"-c", "--count"},
            paramLabel = "N",
            description = "send TEXT or FILE so often")
    private @Nullable Long count;

    @Option(
            names = {"-i", "--interval"},
            paramLabel = "SECONDS",
            converter = Durations.class,
            description = "wait so long between messages: 2, 0.5, 100ms")
    private Duration interval = Duration.ZERO;

    @Option(
            names = "--fd",
            paramLabel = "N|PATH",
            description = "pass an open descriptor, or a file opened to read, with the first one")
    private List<String> passed = List.of();

    @Option(
            names = "--type",
            paramLabel = "N",
            description = "msg:, mailboxes: the message's type, from 1 on; 1 if not given")
    private @Nullable Long type;

    @Option(
            names = "--priority",
            paramLabel = "N",
            description = "mq:, mailboxes: 0 to 32767, highest first; 0 if not given")
    private @Nullable Integer priority;

    @Mixin private Range range;

    @Mixin private Patience patience;

    @Override
    public Integer call() throws Exception {
        if (text != null && file != null) {
            throw usage("TEXT or -f FILE");
        }
        if (count != null && count < 1) {
            throw usage("-c " + count + ": a number from 1 on");
        }
        if (count != null && text == null && file == null) {
            throw usage("-c needs TEXT or -f FILE: standard input is there once");
        }
        if (!passed.isEmpty() && !(address instanceof Address.Unix)) {
            throw usage("--fd: descriptors pass through Unix sockets only");
        }
        if (type != null && (type < 1 || !Talk.hasTypes(address))) {
            throw usage("--type: from 1 on, for msg: and mailboxes");
        }
        if (priority != null
                && (priority < 0
                        || priority > PosixMessageQueue.PRIORITY_MAX
                        || !Talk.hasPriorities(address))) {
            throw usage("--priority: 0 to 32767, for mq: and mailboxes");
        }
        Talk.requireCarrying(address, spec.commandLine());
        range.requireFit(address, spec.commandLine());
        if (isDatagramListener()) {
            throw usage("send goes to those who listen: leave out ',listen'");
        }
        return Talk.untilTold(this::send);
    }

    private boolean isDatagramListener() {
        return switch (address) {
            case Address.Udp udp -> udp.listens();
            case Address.Unix unix -> unix.listens() && unix.type() == Address.Unix.Type.DATAGRAM;
            default -> false;
        };
    }

    private Integer send() throws IOException, InterruptedException {
        var fds = new ArrayList<Fd>();
        try (var pieces = pieces();
                var place = Place.of(address, Role.SEND, new Talk(spec.commandLine().getErr()))) {
            for (var word : passed) {
                fds.add(opened(word));
            }
            try (var endpoint = place.open(patience)) {
                place.leave();
                if (endpoint instanceof Memory memory) {
                    memory.range(range.offset(), range.length());
                }
                send(pieces, endpoint, fds);
                endpoint.endOutput();
                endpoint.finish();
            }
        } finally {
            fds.forEach(Fd::close);
        }
        return 0;
    }

    private void send(Pieces first, Endpoint endpoint, List<Fd> fds)
            throws IOException, InterruptedException {
        boolean isFirst = true;
        for (long i = 0; i < (count == null ? 1 : count); i++) {
            try (var pieces = i == 0 ? first : pieces()) {
                for (var piece = pieces.next(); piece != null; piece = pieces.next()) {
                    if (!isFirst) {
                        pause();
                    }
                    send(piece, endpoint, isFirst ? fds : List.of());
                    isFirst = false;
                }
            }
        }
    }

    private Pieces pieces() throws IOException, InterruptedException {
        boolean isStream = Talk.isStream(address);
        var cut =
                isByLine
                        ? isStream ? Pieces.Cut.LINES_WITH_ENDS : Pieces.Cut.LINES
                        : isStream ? Pieces.Cut.AS_IT_COMES : Pieces.Cut.WHOLE;
        if (text != null) {
            return new Pieces(text, cut, patience);
        }
        var source = file == null ? Bytes.standardInput() : FileStream.openSource(file);
        return new Pieces(source, cut, patience);
    }

    private static Fd opened(String word) throws IOException, InterruptedException {
        return word.matches("\\d{1,9}")
                ? Fd.adopt(Integer.parseInt(word))
                : FileStream.openSource(Path.of(word)).fd();
    }

    private void pause() throws IOException, InterruptedException {
        var left = patience.leftForInput();
        if (interval.compareTo(left) > 0) {
            Thread.sleep(left);
            throw patience.over();
        }
        Thread.sleep(interval);
    }

    private void send(MemorySegment piece, Endpoint endpoint, List<Fd> fds)
            throws IOException, InterruptedException {
        List<ControlMessage> controls =
                fds.isEmpty() ? List.of() : List.of(new ControlMessage.Descriptors(fds));
        boolean isSent =
                switch (endpoint) {
                    case Bytes bytes -> write(piece, bytes.sink(), controls) == piece.byteSize();
                    case Messages messages -> send(piece, messages.socket(), controls);
                    case Channel channel -> channel.send(piece, patience.left());
                    case OneWay end -> end.send(piece, patience.left());
                    case Queue queue ->
                            queue.kind()
                                    .send(piece, new Queue.Ranks(type, priority), patience.left());
                    case Memory memory -> {
                        memory.write(piece);
                        yield true;
                    }
                };
        if (!isSent) {
            throw patience.over();
        }
    }

    private long write(MemorySegment piece, @Nullable ByteSink sink, List<ControlMessage> controls)
            throws IOException {
        return switch (sink) {
            case UnixStreamSocket unix when !controls.isEmpty() ->
                    unix.send(piece, controls, patience.left());
            case null -> throw new IllegalStateException("cannot be written: " + address);
            default -> sink.write(piece, patience.left());
        };
    }

    private boolean send(MemorySegment piece, MessageSocket socket, List<ControlMessage> controls)
            throws IOException, InterruptedException {
        var left = patience.left();
        if (controls.isEmpty()) {
            return socket.send(piece, left);
        }
        return switch (socket) {
            case UnixSeqpacketSocket unix -> unix.send(piece, controls, left);
            case UnixDatagramSocket unix ->
                    unix.send(piece, ((Address.Unix) address).name(), controls, left);
            case UdpSocket _ -> throw new IllegalStateException("no descriptors: " + address);
        };
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
