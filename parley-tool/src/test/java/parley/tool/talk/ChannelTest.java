package parley.tool.talk;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.channel.MessageChannel;
import parley.contract.Unique;
import parley.os.OsException;
import parley.ready.Outcome;
import parley.tool.OutOfTime;
import parley.tool.Patience;
import picocli.CommandLine;

/// A channel as one side of a talk: what is received stays until it is done with.
@Timeout(120)
class ChannelTest {
    private final String name = Unique.name("channel");
    private final Arena arena = Arena.ofShared();
    private final MemorySegment into = arena.allocate(1024);
    private MessageChannel channel;

    @BeforeEach
    void make() throws IOException {
        channel = MessageChannel.create(name, new MessageChannel.Size(2, 1024));
    }

    @AfterEach
    void remove() throws IOException {
        channel.close();
        MessageChannel.unlink(name);
        arena.close();
    }

    private static Patience patience(String... options) {
        return CommandLine.populateCommand(new Patience(), options);
    }

    private String received(Channel from) throws Exception {
        int bytes = from.receive(into);
        return new String(into.asSlice(0, bytes).toArray(JAVA_BYTE), UTF_8);
    }

    @Test
    void whatIsNotDoneWithComesAgain() throws Exception {
        try (var sender = channel.sender();
                var second = channel.sender()) {
            second.send("b1".getBytes(UTF_8));
            try (var killed = Channel.open(name, true)) {
                assertEquals("b1", received(killed));
            }
            try (var next = Channel.open(name, true)) {
                assertEquals("b1", received(next));
                sender.send("a1".getBytes(UTF_8)); // which is not what is done with
                assertEquals("b1", received(next));
                next.done();
                assertEquals("a1", received(next));
                next.done();
                assertThrows(OutOfTime.class, () -> next.receive(into, patience("--nonblock")));
            }
        }
    }

    @Test
    void aWaitHasItsTimeAndNoMore() throws Exception {
        try (var sender = channel.sender();
                var receiver = Channel.open(name, true)) {
            var minute = patience("--timeout", "60s");
            var sending =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    sender.send(new byte[0]);
                                } catch (IOException | InterruptedException e) {
                                    throw new AssertionError(e);
                                }
                            });
            assertEquals(0, receiver.receive(into, minute));
            sending.join();
            receiver.done();
            var soon = patience("--timeout", "50ms");
            assertThrows(OutOfTime.class, () -> receiver.receive(into, soon));
        }
    }

    @Test
    void itGoesOneWay() throws Exception {
        try (var sending = Channel.open(name, false)) {
            assertTrue(channel.hasSender());
            sending.send(arena.allocateFrom("x"));
            assertEquals(Outcome.END, sending.receive(into));
            sending.endOutput();
            assertEquals(false, channel.hasSender());
        }
        try (var receiving = Channel.open(name, true)) {
            assertTrue(channel.hasReceiver());
            assertEquals("x\0", received(receiving));
            receiving.endOutput();
            assertTrue(channel.hasReceiver());
        }
        assertEquals(false, channel.hasReceiver());
    }

    @Test
    void aLeasedMessageIsDoneWithByOne() throws Exception {
        var jobs = Unique.name("jobs");
        try (var made = MessageChannel.create(jobs, new MessageChannel.Size(1, 1024).leased(2));
                var sender = made.sender();
                var two = Channel.open(jobs, true)) {
            sender.send("a".getBytes(UTF_8));
            sender.send("b".getBytes(UTF_8));
            try (var one = Channel.open(jobs, true).peekable()) {
                assertEquals("a", received(one));
                assertEquals("a", received(one));
                assertEquals("b", received(two));
                two.done();
            }
            assertEquals("a", received(two));
            two.done();
            assertThrows(OutOfTime.class, () -> two.receive(into, patience("--nonblock")));
        } finally {
            MessageChannel.unlink(jobs);
        }
    }

    @Test
    void whatIsCompetedForIsGoneAtOnce() throws Exception {
        var ticks = Unique.name("ticks");
        try (var made =
                        MessageChannel.create(
                                ticks, new MessageChannel.Size(1, 1024).competing(2));
                var sender = made.sender();
                var one = Channel.open(ticks, true)) {
            sender.send("a".getBytes(UTF_8));
            assertThrows(OsException.class, one::peekable);
            assertEquals("a", received(one));
            one.done();
            assertThrows(OutOfTime.class, () -> one.receive(into, patience("--nonblock")));
        } finally {
            MessageChannel.unlink(ticks);
        }
    }
}
