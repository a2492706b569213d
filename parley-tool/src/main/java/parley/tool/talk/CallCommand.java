package parley.tool.talk;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import parley.address.Address;
import parley.channel.RequestChannel;
import parley.channel.RequestClient;
import parley.channel.WhenAlone;
import parley.os.Errno;
import parley.os.OsException;
import parley.tool.Addresses;
import parley.tool.Patience;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `parley call`: asks a server, and prints what it replies.
@Command(
        footer = {
            "",
            "Examples:",
            "  parley call chan:sums '2 + 3'                 one request, and its reply",
            "  parley call chan:sums --timeout 2s < request  what standard input has, as a whole",
            "  parley call chan:rows --raw 'all' > rows      the bytes alone, as they come",
            "",
            "A reply in parts is printed as it comes. Ctrl-C, and the end of the time, tell the",
            "server that nobody waits any more.",
            "Exit status: 1 the server refuses, or has died, or there is none with --nonblock;",
            "3 no such channel, 6 all clients are there, 124 no reply in time."
        })
public final class CallCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "ADDRESS",
            converter = Addresses.class,
            description = "whom: chan:name, a request channel")
    private Address address = new Address.Standard();

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "TEXT",
            description = "the request; standard input if not given")
    private @Nullable String text;

    @Option(names = "--raw", description = "the bytes alone: no newline after a part")
    private boolean isRaw;

    @Mixin private Patience patience;

    @Override
    public Integer call() throws Exception {
        if (address instanceof Address.Channel(var name)) {
            return Talk.untilTold(() -> call(name));
        }
        throw new ParameterException(
                spec.commandLine(), "'" + address + "' has nobody who replies: chan:name");
    }

    private int call(String name) throws IOException, InterruptedException {
        try {
            return print(name);
        } catch (OsException e) {
            throw e.errno() == Errno.ETIMEDOUT ? patience.over() : e;
        }
    }

    private int print(String name) throws IOException, InterruptedException {
        try (var channel = RequestChannel.open(name);
                var client = channel.client();
                var out = Bytes.standardOutput().outputStream()) {
            if (patience.isNone()) {
                client.whenAlone(WhenAlone.END);
            }
            var request = request();
            try (var replies = replies(client, request)) {
                for (var part = replies.next(); part.isPresent(); part = replies.next()) {
                    out.write(part.get());
                    if (!isRaw) {
                        out.write('\n');
                    }
                }
            }
        }
        return 0;
    }

    private RequestClient.Replies replies(RequestClient client, byte[] request)
            throws IOException, InterruptedException {
        return patience.isNone() ? client.stream(request) : client.stream(request, patience.left());
    }

    private byte[] request() throws IOException, InterruptedException {
        if (text != null) {
            return text.getBytes(UTF_8);
        }
        try (var pieces = new Pieces(Bytes.standardInput(), Pieces.Cut.WHOLE, patience)) {
            var whole = pieces.next();
            return whole == null ? new byte[0] : whole.toArray(ValueLayout.JAVA_BYTE);
        }
    }
}
