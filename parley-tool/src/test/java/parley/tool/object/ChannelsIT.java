package parley.tool.object;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import parley.channel.RequestChannel;
import parley.channel.RequestServer;
import parley.contract.Unique;
import parley.os.Credentials;
import parley.peer.Peer;
import parley.shm.SharedRegion;
import parley.signal.Signal;
import parley.signal.Signals;
import parley.tool.demo.Packaged;
import parley.tool.talk.Parley;

/// Channels as the command's user sees them.
@Timeout(180)
class ChannelsIT {
    private final List<String> made = new ArrayList<>();

    @TempDir private Path directory;

    private String made(String... options) throws Exception {
        var address = "chan:" + Unique.name("chan");
        var words = new ArrayList<>(List.of("create", address));
        words.addAll(List.of(options));
        said(words.toArray(String[]::new));
        made.add(address);
        return address;
    }

    @AfterEach
    void removeAll() throws Exception {
        for (var each : made) {
            var _ = Parley.run("remove", each);
        }
    }

    private static Packaged.Result ran(int status, String... arguments) throws Exception {
        var result = Parley.run(arguments);
        assertEquals(status, result.status(), result.err());
        return result;
    }

    private static String said(String... arguments) throws Exception {
        return ran(0, arguments).out();
    }

    /// What `show` says, once it says that.
    private static void awaitShown(String what, String address) throws Exception {
        while (!said("show", address).contains(what)) {
            assertFalse(Thread.interrupted(), "the time is over");
        }
    }

    private static void end(Peer peer) throws Exception {
        Signals.send(peer.pid(), Signal.INT);
        assertEquals(130, peer.exitCode());
    }

    @Test
    void messagesStayUntilTheyAreReceived() throws Exception {
        var channel = made();
        said("send", channel, "one", "-c", "2", "-i", "1ms");
        said("send", channel, "");
        var lines = Files.writeString(directory.resolve("lines"), "a\nb\n").toString();
        said("send", channel, "--lines", "-f", lines);
        said("send", channel, "-f", lines);
        assertEquals("one\n", said("receive", channel, "--peek"));
        var json = said("receive", channel, "--peek", "-J");
        assertTrue(json.contains("\"address\":\"" + channel + "\",\"bytes\":3,\"text\":\"one\""));
        assertEquals("one\none\n\na\n", said("receive", channel, "-c", "4"));
        assertEquals("b", said("receive", channel, "--raw"));
        assertEquals("a\nb\n\n", ran(75, "receive", channel, "-c", "2", "--nonblock").out());
        ran(75, "receive", channel, "--peek", "--nonblock");
        ran(124, "receive", channel, "--timeout", "50ms");
        ran(124, "receive", channel, "--follow", "--timeout", "50ms");
    }

    @Test
    void aFullChannelAndATooLongMessageAreRefused() throws Exception {
        var channel = made("--senders", "1", "--size", "64");
        said("send", channel, "123456789 123456789 1234"); // the longest
        ran(5, "send", channel, "123456789 123456789 12345");
        ran(75, "send", channel, "123456789 123456789 1234", "--nonblock");
        ran(124, "send", channel, "123456789 123456789 1234", "--timeout", "50ms");
        assertEquals(25, said("receive", channel).length());
        said("send", channel, "123456789 123456789 1234", "--nonblock");
    }

    @Test
    void aSideThatSomebodyHasIsRefused() throws Exception {
        var channel = made("--senders", "1");
        var from = made();
        try (var receiver = Parley.start("receive", channel, "--follow");
                var sender = Parley.start("bridge", from, channel)) {
            said("send", from, "by the bridge");
            assertEquals("by the bridge", receiver.line());
            assertTrue(ran(6, "receive", channel).err().contains("EBUSY"));
            assertTrue(ran(6, "send", channel, "x").err().contains("all 1 lanes have a sender"));
            end(sender);
            said("send", channel, "x");
            assertEquals("x", receiver.line());
            end(receiver);
        }
        ran(75, "receive", channel, "--nonblock"); // it is to be had again
    }

    @Test
    void aReceiverThatIsKilledLosesNothing() throws Exception {
        var channel = made();
        var numbers = IntStream.range(0, 100).mapToObj("%01023d"::formatted).toList();
        said("send", channel, "--lines", "-f", Files.write(directory.resolve("f"), numbers) + "");
        var process = new ProcessBuilder(Packaged.command("receive", channel, "--follow")).start();
        try (var out = process.getInputStream()) {
            while (out.available() < 64 * 1024) { // then the pipe is full
                assertFalse(Thread.interrupted(), "the time is over");
            }
            awaitShown("messages          36\n", channel); // that it could not print is there
            Signals.send(process.pid(), Signal.KILL);
            assertEquals(137, process.waitFor());
            var printed = new String(out.readAllBytes(), UTF_8);
            assertEquals(numbers.subList(0, 64), printed.lines().toList());
        }
        var rest = said("receive", channel, "-c", "36");
        assertEquals(numbers.subList(64, 100), rest.lines().toList());
    }

    @Test
    void aChannelIsBridgedEitherWay() throws Exception {
        var channel = made();
        var queue = "mq:/" + Unique.name("mq");
        said("create", queue);
        made.add(queue);
        for (var way : List.of(List.of(channel, queue), List.of(queue, channel))) {
            try (var bridge = Parley.start("bridge", way.get(0), way.get(1))) {
                said("send", way.get(0), "one");
                said("send", way.get(0), "");
                said("send", way.get(0), "two");
                var came = said("receive", way.get(1), "-c", "3", "--timeout", "60s");
                assertEquals("one\n\ntwo\n", came);
                end(bridge);
            }
        }
    }

    @Test
    void whoIsThereIsShown() throws Exception {
        var channel = made("--senders", "2", "--size", "1K");
        said("send", channel, "hello", "-c", "2");
        assertEquals("hello\n", said("receive", channel));
        try (var bridge = Parley.start("bridge", made(), channel)) {
            awaitShown("participants      " + bridge.pid() + " (java)\n", channel);
            awaitShown("senders           " + bridge.pid() + " (java), -\n", channel);
            end(bridge);
        }
        var json = said("show", channel, "-J");
        for (var part :
                List.of(
                        "\"messages\":1,\"bytes\":16,\"messageBytesMax\":504,\"laneBytes\":1024",
                        "\"lanes\":2,\"delivery\":\"TO_ONE\",\"receivers\":[],\"receiversMax\":1",
                        "\"senders\":[null,null]",
                        "\"sent\":[2,0],\"received\":[1,0],\"lost\":[0,0],\"bytesWaiting\":[16,0]",
                        "\"participants\":[],\"waiters\":[]")) {
            assertTrue(json.contains(part), json);
        }
        said("receive", channel);
        try (var waiting = Parley.start("receive", channel)) {
            awaitShown("receivers         " + waiting.pid() + " (java)\n", channel);
            awaitShown("waiters           " + waiting.pid() + " (java) in futex\n", channel);
            said("send", channel, "at last");
            assertEquals("at last", waiting.line());
            assertEquals(0, waiting.exitCode());
        }
    }

    @Test
    void severalReceiversShareTheMessages() throws Exception {
        var competed = made("--receivers", "2");
        said("send", competed, "--lines", "-f", lines("a", "b"));
        assertTrue(ran(1, "receive", competed, "--peek").err().contains("EOPNOTSUPP"));
        assertEquals("a\n", said("receive", competed));
        var leased = made("--receivers", "2", "--leased");
        said("send", leased, "--lines", "-f", lines("a", "b"));
        assertEquals("a\n", said("receive", leased, "--peek"));
        assertEquals("a\nb\n", said("receive", leased, "-c", "2"));
        ran(2, "create", "chan:" + Unique.name("three"), "--receivers", "3");
        ran(75, "receive", leased, "--nonblock");
    }

    private String lines(String... lines) throws Exception {
        return Files.write(directory.resolve("lines"), List.of(lines)).toString();
    }

    @Test
    void aBroadcastIsForAll() throws Exception {
        var news = made("--kind", "broadcast", "--subscribers", "2", "--when-slow", "lose-oldest");
        said("send", news, "one");
        said("send", news, "two");
        for (int i = 0; i < 2; i++) {
            assertEquals("one\ntwo\n", said("receive", news, "-c", "2"));
        }
        try (var receiver = Parley.start("receive", news, "--follow")) {
            assertEquals("one", receiver.line());
            assertEquals("two", receiver.line());
            awaitShown("subscribers       true, false\n", news);
            said("send", news, "three");
            assertEquals("three", receiver.line());
            end(receiver);
        }
        ran(2, "receive", news, "--peek");
        ran(2, "create", "chan:" + Unique.name("x"), "--kind", "broadcast", "--senders", "2");
        ran(2, "create", "chan:" + Unique.name("x"), "--kind", "fanfare");
    }

    @Test
    void aBytePipeIsAStream() throws Exception {
        var pipe = made("--kind", "bytes", "--size", "4K");
        said("send", pipe, "-f", lines("one", "two"));
        assertEquals("one\ntwo\n", said("receive", pipe));
        var large = "x".repeat(40_000);
        try (var receiver = Parley.start("receive", pipe)) {
            awaitShown("reader            true\n", pipe);
            said("send", pipe, large);
            assertEquals(large, receiver.line());
            assertEquals(0, receiver.exitCode());
        }
        ran(2, "receive", pipe, "-c", "1");
        ran(2, "send", pipe, "x", "--type", "1");
    }

    @Test
    void aMailboxGivesTheMostUrgentFirst() throws Exception {
        var box = made("--kind", "mailbox", "--max-messages", "4", "--size", "4K");
        said("send", box, "low");
        said("send", box, "high", "--priority", "9", "--type", "7");
        said("send", box, "other", "--type", "3");
        assertEquals("high\n", said("receive", box, "--peek"));
        assertEquals("other\n", said("receive", box, "--type", "3"));
        assertTrue(said("receive", box, "-J").contains("\"type\":7,\"priority\":9"));
        assertTrue(said("show", box).contains("messages          1\n"));
        try (var receiver = Parley.start("receive", box, "--type", "5")) {
            awaitShown("waiters           " + receiver.pid() + " (java) in futex\n", box);
            said("remove", box);
            assertEquals(3, receiver.exitCode());
        }
    }

    @Test
    void aServerIsCalled() throws Exception {
        var sums = made("--kind", "requests", "--clients", "2");
        ran(124, "call", sums, "--timeout", "50ms", "nobody");
        try (var channel = RequestChannel.open(sums.substring("chan:".length()));
                var server = channel.server()) {
            var serving = Thread.ofVirtual().start(() -> answer(server));
            assertEquals("HELLO\n!\n", said("call", sums, "hello"));
            assertTrue(ran(1, "call", sums, "").err().contains("nothing to shout"));
            serving.join();
        }
        assertTrue(ran(1, "send", sums, "x").err().contains("parley call"));
        ran(2, "call", made(), "--foo");
        ran(1, "call", made(), "x");
        ran(2, "call", "mq:/x", "x");
    }

    /// A part, and the rest; and a refusal.
    private static void answer(RequestServer server) {
        try {
            int refused = 0;
            while (refused == 0) {
                var request = server.receive();
                var text = new String(request.bytes(), UTF_8);
                if (text.isEmpty()) {
                    refused += request.fail("nothing to shout") ? 1 : 0;
                } else if (text.equals("hello")) {
                    assertTrue(request.part(text.toUpperCase(Locale.ROOT).getBytes(UTF_8)));
                    assertTrue(request.reply("!".getBytes(UTF_8)));
                }
            }
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void itsFileGoesWithItsName() throws Exception {
        var channel = made();
        var folder = Path.of("/dev/shm/parley-" + Credentials.own().uid());
        var file = folder.resolve(channel.substring("chan:".length()));
        assertTrue(Files.exists(file));
        ran(6, "create", channel);
        said("remove", channel);
        assertFalse(Files.exists(file));
        ran(3, "remove", channel);
        ran(3, "send", channel, "x");
    }

    @Test
    void aRegionThatIsNoChannelIsLeftAlone() throws Exception {
        var name = Unique.name("region");
        try (var _ = SharedRegion.create(name, 7, 4096)) {
            for (var verb : List.of("remove", "show", "receive")) {
                assertTrue(ran(1, verb, "chan:" + name).err().contains("it is no channel"));
            }
            SharedRegion.unlink(name); // it is there
        }
    }

    /// The example of a verb's help, with a name of our own.
    private static String[] example(String verb, String name) throws Exception {
        var line = Pattern.compile("  parley (" + verb + " .*?chan:prices.*?)(  .*)?");
        var found =
                said(verb, "--help")
                        .lines()
                        .map(line::matcher)
                        .filter(matcher -> matcher.matches())
                        .map(matcher -> matcher.group(1))
                        .findFirst()
                        .orElseThrow();
        return found.replaceAll("prices|jobs", name).replace("'", "").split(" ");
    }

    @Test
    void theExamplesOfTheHelpRun() throws Exception {
        var name = Unique.name("prices");
        made.add("chan:" + name);
        said(example("create", name));
        said(example("send", name));
        assertTrue(said(example("show", name)).contains("lanes             8\n"));
        try (var receiver = Parley.start(example("receive", name))) {
            assertEquals("17.4", receiver.line());
            end(receiver);
        }
        said("create", "mq:/" + name);
        said("send", "chan:" + name, "18.2");
        try (var bridge = Parley.start(example("bridge", name))) {
            assertEquals("18.2\n", said("receive", "mq:/" + name, "--timeout", "60s"));
            end(bridge);
        }
        var words =
                String.join(" ", example("remove", name)).replaceAll(" [a-z]+:/(lock|tmp/f)", "");
        said(words.split(" "));
    }
}
