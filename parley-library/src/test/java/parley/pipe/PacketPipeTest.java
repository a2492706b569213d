package parley.pipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import parley.contract.Allocations;
import parley.contract.MessageQueueContract;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.process.Spawn;
import parley.ready.MessageSink;
import parley.ready.MessageSource;
import parley.ready.Outcome;
import parley.socket.UnixStreamSocket;

final class PacketPipeTest extends MessageQueueContract {
    @Override
    protected boolean carriesEmptyMessages() {
        return false;
    }

    @Override
    protected Queue open() throws Exception {
        return new PacketQueue(PacketPipe.create());
    }

    private record PacketQueue(PacketPipe pipe) implements Queue {
        @Override
        public MessageSink sink() {
            return pipe.sink();
        }

        @Override
        public MessageSource source() {
            return pipe.source();
        }

        @Override
        public int messageBytesMax() {
            return PacketPipe.PACKET_BYTES_MAX;
        }

        @Override
        public Optional<Fd> sendersEnd() {
            return Optional.of(pipe.sink().fd());
        }

        @Override
        public Optional<Fd> receiversEnd() {
            return Optional.of(pipe.source().fd());
        }

        @Override
        public boolean tellsWhenSenderIsGone() {
            return true;
        }

        @Override
        public void dispose() {}
    }

    @Test
    void whatTheKernelWouldCutOrDropIsRefusedBeforeTheCall() throws Exception {
        try (var pipe = PacketPipe.create();
                var arena = Arena.ofConfined()) {
            var tooLong = arena.allocate(PacketPipe.PACKET_BYTES_MAX + 1L);
            var e = assertThrows(OsException.class, () -> pipe.sink().send(tooLong));
            assertEquals(Errno.EMSGSIZE, e.errno());
            assertTrue(e.getMessage().contains("PIPE_BUF = 4096"), e::getMessage);
            var mistake = IllegalArgumentException.class;
            assertThrows(mistake, () -> pipe.sink().send(MemorySegment.NULL));
            pipe.sink().send(arena.allocate(100));
            var tooShort = arena.allocate(PacketPipe.PACKET_BYTES_MAX - 1L);
            assertThrows(mistake, () -> pipe.source().receive(tooShort));
            assertThrows(mistake, () -> pipe.source().tryReceive(tooShort));
            assertEquals(100, pipe.source().bytesWaiting());
            assertEquals(100, pipe.source().receive(tooLong));
        }
    }

    @Test
    void theEndComesAfterTheLastPacket() throws Exception {
        try (var pipe = PacketPipe.create();
                var arena = Arena.ofConfined()) {
            var buffer = arena.allocate(PacketPipe.PACKET_BYTES_MAX);
            pipe.sink().send(buffer.asSlice(0, 3));
            pipe.sink().close();
            assertEquals(3, pipe.source().receive(buffer));
            assertEquals(Outcome.END, pipe.source().receive(buffer));
            assertEquals(Outcome.END, pipe.source().tryReceive(buffer));
        }
    }

    @Test
    void aPacketTakesAPageOfTheCapacity() throws Exception {
        try (var pipe = PacketPipe.create();
                var arena = Arena.ofConfined()) {
            assertEquals(65536, pipe.sink().capacityBytes());
            assertEquals(8192, pipe.sink().setCapacityBytes(8192));
            var packet = arena.allocate(1);
            assertTrue(pipe.sink().trySend(packet));
            assertTrue(pipe.sink().trySend(packet));
            assertFalse(pipe.sink().trySend(packet));
        }
    }

    @Test
    void anEndThatIsNotInPacketModeIsRefusedAndStaysOpen() throws Exception {
        try (var pipe = Pipe.create();
                var packets = PacketPipe.create()) {
            var fd = pipe.sink().fd();
            assertThrows(IllegalArgumentException.class, () -> PacketSink.of(fd));
            assertTrue(fd.isOpen());
            try (var second = PacketSink.of(packets.sink().fd().duplicate())) {
                assertTrue(second.isOpen());
                assertTrue(second.toString().startsWith("packet pipe fd "), second::toString);
            }
        }
    }

    @Test
    void whatIsNoSuchEndOfAPipeIsRefusedAndStaysOpen() throws Exception {
        try (var sockets = UnixStreamSocket.pair();
                var packets = PacketPipe.create()) {
            var socket = sockets.first().fd();
            assertRefused("is a socket, and no pipe", socket, PacketSource::of);
            assertRefused("is a socket, and no pipe", socket, PacketSink::of);
            assertRefused("is the read end of a pipe", packets.source().fd(), PacketSink::of);
            assertRefused("is the write end of a pipe", packets.sink().fd(), PacketSource::of);
        }
    }

    private interface Taking {
        Object take(Fd fd) throws Exception;
    }

    private static void assertRefused(String words, Fd fd, Taking taking) {
        var e = assertThrows(IllegalArgumentException.class, () -> taking.take(fd));
        assertEquals(fd + " " + words, e.getMessage());
        assertTrue(fd.isOpen());
    }

    @Test
    void pythonSendsAndReceivesPackets() throws Exception {
        var script =
                """
                import os
                while packet := os.read(10, 4096):
                    os.write(11, b'%d:' % len(packet) + packet)
                """;
        try (var there = PacketPipe.create();
                var back = PacketPipe.create();
                var arena = Arena.ofConfined()) {
            var python =
                    Spawn.command("python3", "-c", script)
                            .handOver(10, there.source().fd())
                            .handOver(11, back.sink().fd());
            try (var child = python.start()) {
                there.sink().send(arena.allocateFrom("ab").asSlice(0, 2));
                there.sink().send(arena.allocateFrom("c").asSlice(0, 1));
                there.sink().close();
                var buffer = arena.allocate(PacketPipe.PACKET_BYTES_MAX);
                assertEquals(4, back.source().receive(buffer));
                assertEquals("2:ab", text(buffer, 4));
                assertEquals(3, back.source().receive(buffer));
                assertEquals("1:c", text(buffer, 3));
                assertEquals(Outcome.END, back.source().receive(buffer));
                assertTrue(child.awaitExit().isSuccess());
            }
        }
    }

    private static String text(MemorySegment buffer, int length) {
        var bytes = buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void aPacketThatDoesNotWaitAllocatesNothing() throws Throwable {
        try (var pipe = PacketPipe.create();
                var arena = Arena.ofConfined()) {
            var buffer = arena.allocate(PacketPipe.PACKET_BYTES_MAX);
            var packet = buffer.asSlice(0, 100);
            Allocations.assertNone(() -> {
                pipe.sink().send(packet);
                var _ = pipe.source().receive(buffer);
                var _ = pipe.sink().trySend(packet);
                var _ = pipe.source().tryReceive(buffer);
                var _ = pipe.source().tryReceive(buffer);
            });
        }
    }
}
