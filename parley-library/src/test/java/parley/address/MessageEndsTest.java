package parley.address;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parley.channel.Broadcast;
import parley.channel.BytePipe;
import parley.channel.Mailbox;
import parley.channel.MessageChannel;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.os.NotFoundException;
import parley.posix.PosixMessageQueue;
import parley.ready.MessageSink;
import parley.ready.MessageSource;
import parley.ready.Outcome;
import parley.sysv.SysvMessageQueue;

/// One program for all that carries messages.
@Timeout(60)
class MessageEndsTest {
    private static final Duration LONG = Duration.ofSeconds(50);

    /// A message goes through whatever it is, and back by the forms that wait and do not.
    private static void talk(MessageSink sink, MessageSource source) throws Exception {
        try (sink;
                source;
                var arena = Arena.ofShared()) {
            var into = arena.allocate(1 << 20);
            assertEquals(Outcome.NOTHING, source.tryReceive(into));
            var waiting = ThreadKind.VIRTUAL.start(() -> source.receive(into));
            waiting.awaitBlocked();
            sink.send("hello".getBytes(UTF_8));
            assertEquals(5, waiting.result());
            assertEquals("hello", new String(into.asSlice(0, 5).toArray(JAVA_BYTE), UTF_8));
            var out = arena.allocateFrom(JAVA_BYTE, (byte) 1, (byte) 2);
            assertTrue(sink.trySend(out));
            assertTrue(sink.send(out, LONG));
            assertEquals(2, source.receive(into, LONG));
            assertEquals(2, source.receive(into));
            assertEquals(Outcome.NOTHING, source.receive(into, Duration.ofMillis(1)));
            source.close();
            sink.close();
            assertThrows(ClosedChannelException.class, () -> sink.trySend(out));
            assertThrows(ClosedChannelException.class, () -> source.tryReceive(into));
        }
    }

    private static MessageSink sink(String address) throws Exception {
        return MessageEnds.sink(Address.parse(address));
    }

    private static MessageSource source(String address) throws Exception {
        return MessageEnds.source(Address.parse(address));
    }

    @Test
    void channels() throws Exception {
        var name = Unique.name("ends");
        MessageChannel.create(name, MessageChannel.Size.DEFAULT).close();
        try {
            talk(sink("chan:" + name), source("chan:" + name));
            try (var _ = source("chan:" + name)) {
                assertThrows(IOException.class, () -> source("chan:" + name)); // and nothing stays
            }
        } finally {
            MessageChannel.unlink(name);
        }
    }

    @Test
    void otherChannels() throws Exception {
        var name = Unique.name("ends");
        Broadcast.create(name, Broadcast.Size.DEFAULT).close();
        var subscriber = source("chan:" + name);
        talk(sink("chan:" + name), subscriber);
        Broadcast.unlink(name);
        Mailbox.create(name, Mailbox.Size.DEFAULT).close();
        talk(sink("chan:" + name), source("chan:" + name));
        Mailbox.unlink(name);
        BytePipe.create(name, 4096).close();
        assertThrows(IllegalArgumentException.class, () -> sink("chan:" + name));
        assertThrows(IllegalArgumentException.class, () -> source("chan:" + name));
        BytePipe.unlink(name);
    }

    @Test
    void queues() throws Exception {
        var name = "/" + Unique.name("ends");
        try (var _ = PosixMessageQueue.create(name)) {
            talk(sink("mq:" + name), source("mq:" + name));
        } finally {
            PosixMessageQueue.unlink(name);
        }
        try (var queue = SysvMessageQueue.createPrivate()) {
            talk(sink("msg:#" + queue.id()), source("msg:#" + queue.id()));
            queue.remove();
        }
    }

    @Test
    void sockets() throws Exception {
        var datagrams = "unix-dgram:@" + Unique.name("ends");
        var here = source(datagrams);
        talk(sink(datagrams), here);
        var packets = "unix-seq:@" + Unique.name("ends");
        var accepting = ThreadKind.VIRTUAL.start(() -> source(packets + ",listen"));
        accepting.awaitBlocked();
        talk(sink(packets), accepting.result());
    }

    @ParameterizedTest
    @ValueSource(strings = {"fifo:/f", "tcp:localhost:1", "unix:/s", "sem:#1", "shm:#1", "-"})
    void whatCarriesNoMessagesIsRefused(String address) {
        assertThrows(IllegalArgumentException.class, () -> sink(address));
        assertThrows(IllegalArgumentException.class, () -> source(address));
    }

    @ParameterizedTest
    @ValueSource(strings = {"chan:parley-none", "mq:/parley-none", "msg:0x7f00ff01"})
    void whatIsNotThereIsNotFound(String address) {
        assertThrows(NotFoundException.class, () -> sink(address));
        assertThrows(NotFoundException.class, () -> source(address));
    }

    @Test
    void aPrivateQueueHasNoNameToBeFoundBy() {
        assertThrows(IllegalArgumentException.class, () -> sink("msg:private"));
        assertThrows(IllegalArgumentException.class, () -> sink("udp:127.0.0.1:9,listen"));
    }
}
