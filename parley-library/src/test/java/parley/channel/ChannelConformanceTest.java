package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import parley.channel.MessageChannel.Size;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.FileStatus;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.os.PeerGoneException;
import parley.peer.Command;
import parley.ready.Outcome;
import parley.shm.BadRegionException;
import parley.shm.LookAgain;
import parley.shm.SharedRegion;

/// Cases of other people's suites, each named by its id.
@Timeout(120)
class ChannelConformanceTest {
    @RegisterExtension static final LookAgain NO_WAKE_IS_LOST = LookAgain.never();

    private static final Size SIZE = new Size(2, 4096);
    private static final Duration LONG = Duration.ofSeconds(50);

    private final String name = Unique.name("channel");
    private final Arena arena = Arena.ofShared();
    private final MemorySegment in = arena.allocate(4096);
    private MessageChannel channel;

    @BeforeEach
    void create() throws IOException {
        channel = MessageChannel.create(name, SIZE);
    }

    @AfterEach
    void unlink() throws IOException {
        channel.close();
        arena.close();
        try {
            MessageChannel.unlink(name);
        } catch (NotFoundException _) {
            // The test has taken it away itself.
        }
    }

    private MemorySegment filled(int bytes, int with) {
        return arena.allocate(bytes).fill((byte) with);
    }

    private void assertReceived(MessageReceiver receiver, int bytes, int with) throws IOException {
        assertEquals(bytes, receiver.tryReceive(in));
        assertEquals(-1, in.asSlice(0, bytes).mismatch(filled(bytes, with)));
    }

    @Test
    @DisplayName("CHN-003 CHN-004 without room nothing is changed")
    void refusedWithoutRoom() throws Exception {
        var sender = channel.sender();
        assertTrue(sender.trySend(filled(2000, 1)));
        assertTrue(sender.trySend(filled(2000, 2)));
        var before = channel.status();
        assertFalse(sender.trySend(filled(2000, 3)));
        assertFalse(sender.trySend(filled(100, 3)));
        assertEquals(before, channel.status());
        var receiver = channel.receiver();
        assertReceived(receiver, 2000, 1);
        assertTrue(sender.trySend(filled(1000, 4)));
        assertReceived(receiver, 2000, 2);
        assertReceived(receiver, 1000, 4);
    }

    @Test
    @DisplayName("CHN-005 what does not fit before the end begins at 0, and padding is not seen")
    void padding() throws Exception {
        var sender = channel.sender();
        var receiver = channel.receiver();
        for (int i = 0; i < 1000; i++) {
            int bytes = 1 + i * 67 % 2000;
            assertTrue(sender.trySend(filled(bytes, i)));
            assertReceived(receiver, bytes, i);
            assertEquals(Outcome.NOTHING, receiver.tryReceive(in));
        }
    }

    @Test
    @DisplayName("CHN-006 a length that cannot be is refused before any store")
    void impossibleLength() throws Exception {
        var sender = channel.sender();
        var before = channel.status();
        var tooLong = arena.allocate(channel.messageBytesMax() + 1L);
        assertEquals(
                Errno.EMSGSIZE,
                assertThrows(OsException.class, () -> sender.trySend(tooLong)).errno());
        assertThrows(IllegalArgumentException.class, () -> sender.tryLoan(-1));
        assertEquals(before, channel.status());
    }

    @Test
    @DisplayName("CHN-007 what is claimed is not received before it is committed")
    void claimed() throws Exception {
        var loan = channel.sender().loan(8);
        var receiver = channel.receiver();
        assertEquals(Outcome.NOTHING, receiver.tryReceive(in));
        loan.commit();
        assertEquals(8, receiver.tryReceive(in));
    }

    @Test
    @DisplayName("CHN-008 CHN-009 CHN-012 a limit, a handler that throws, one that leaves it")
    void handlers() throws Exception {
        var sender = channel.sender();
        for (int i = 0; i < 5; i++) {
            sender.send(arena.allocateFrom(JAVA_INT, i));
        }
        var receiver = channel.receiver();
        var seen = new ArrayList<Integer>();
        assertEquals(
                2,
                receiver.tryDrain(
                        (memory, offset, _) -> seen.add(memory.get(JAVA_INT, offset)), 2));
        assertThrows(
                IOException.class,
                () ->
                        receiver.tryDrain(
                                (memory, offset, _) -> {
                                    seen.add(memory.get(JAVA_INT, offset));
                                    if (seen.size() == 4) {
                                        throw new IOException("the second of these");
                                    }
                                    return true;
                                },
                                9));
        assertEquals(0, receiver.tryDrain((_, _, _) -> false, 9));
        assertEquals(4, receiver.tryReceive(in));
        assertEquals(4, in.get(JAVA_INT, 0));
        assertEquals(List.of(0, 1, 2, 3), seen);
    }

    @Test
    @DisplayName("CHN-013 an empty message, in the smallest channel")
    void smallest() throws Exception {
        try (var smallest = MessageChannel.createAnonymous(Size.ofOneSender(64))) {
            var sender = smallest.sender();
            var receiver = smallest.receiver();
            for (int i = 0; i < 100; i++) {
                assertTrue(sender.trySend(MemorySegment.NULL));
                assertEquals(0, receiver.tryReceive(in));
            }
        }
    }

    @Test
    @DisplayName("CHN-014 CHN-016 who died with a claim is skipped, and what came before is there")
    void diedWithAClaim() throws Exception {
        var receiver = channel.receiver();
        try (var peer = ChannelPeer.start("loan", name)) {
            peer.kill();
        }
        var sender = channel.sender();
        assertEquals(0, sender.lane()); // the dead one's
        sender.send(filled(16, 2));
        assertEquals(8, receiver.receive(in));
        assertReceived(receiver, 16, 2);
    }

    @Test
    @DisplayName("CHN-017 CHN-026 recovery of one lane touches no message of another")
    void recoveryAmongOthers() throws Exception {
        var mine = channel.sender();
        try (var peer = ChannelPeer.start("send", name)) {
            mine.send(filled(100, 1));
            while (channel.status().lanes().get(1).ring().sent() == 0) {
                Thread.onSpinWait();
            }
            peer.kill();
        }
        var other = channel.sender();
        mine.send(filled(100, 2));
        var receiver = channel.receiver();
        int own = 0;
        long next = 0;
        for (int bytes; (bytes = receiver.tryReceive(in)) >= 0; ) {
            if (bytes == 100) {
                own++;
            } else {
                assertEquals(next++, in.get(JAVA_LONG, 0));
            }
        }
        assertEquals(2, own);
        assertTrue(next > 0);
        other.close();
    }

    @Test
    @DisplayName("CHN-018 a stopped sender that goes on stores nothing into others' messages")
    void stoppedWithAClaim() throws Exception {
        var receiver = channel.receiver();
        try (var peer = ChannelPeer.start("loan", name)) {
            Command.output("kill", "-STOP", "" + peer.pid());
            assertEquals(8, receiver.receive(in));
            var mine = channel.sender();
            for (int i = 0; i < 30; i++) { // three times around
                mine.send(filled(1500, i));
                assertReceived(receiver, 1500, i);
            }
            assertThrows(OsException.class, channel::sender); // his lane is his
            mine.close();
            Command.output("kill", "-CONT", "" + peer.pid());
            peer.tell("go on");
            assertEquals(100, receiver.receive(in));
            assertEquals(-1, in.asSlice(0, 100).mismatch(filled(100, 1)));
        }
    }

    @Test
    @DisplayName("CHN-025 CHN-055 who died does not keep the next sender waiting")
    void diedWhenFull() throws Exception {
        try (var peer = ChannelPeer.start("send", name)) {
            while (channel.status().lanes().getFirst().ring().bytesWaiting() < 4000) {
                Thread.onSpinWait();
            }
            peer.kill();
        }
        var receiver = channel.receiver();
        assertEquals(8, receiver.receive(in));
        assertEquals(0, in.get(JAVA_LONG, 0));
        var sender = channel.sender();
        assertEquals(0, sender.lane());
        assertTrue(sender.trySend(MemorySegment.NULL));
    }

    @Test
    @DisplayName("CHN-029 CHN-030 CHN-031 a name is of one, of none, of something else")
    void names() throws Exception {
        var made = new AtomicInteger();
        var own = Unique.name("race");
        var racing = new ArrayList<ThreadKind.Running<Boolean>>();
        for (int i = 0; i < 8; i++) {
            racing.add(
                    ThreadKind.PLATFORM.start(() -> {
                        try {
                            MessageChannel.create(own, SIZE).close();
                            return made.incrementAndGet() > 0;
                        } catch (AlreadyExistsException _) {
                            return false;
                        }
                    }));
        }
        for (var each : racing) {
            boolean _ = each.result();
        }
        assertEquals(1, made.get());
        MessageChannel.unlink(own);
        assertThrows(NotFoundException.class, () -> MessageChannel.open(own));
        try (var region = SharedRegion.create(own, 1, 64)) {
            long before = mappings();
            assertThrows(BadRegionException.class, () -> MessageChannel.open(own));
            assertEquals(before, mappings());
            assertEquals(1, region.participants().size());
        } finally {
            SharedRegion.unlink(own);
        }
    }

    @Test
    @DisplayName(
            "CHN-036 CHN-037 CHN-041 killed while making, it is there as a whole or not at all")
    void killedWhileMaking() throws Exception {
        var own = Unique.name("made");
        try (var peer = ChannelPeer.start("create", own)) {
            peer.kill();
        }
        try (var same = MessageChannel.open(own)) {
            assertEquals(SIZE, same.status().size());
            same.sender().send(filled(3, 1));
            assertArrayEquals(new byte[] {1, 1, 1}, same.receiver().receive().orElseThrow());
        }
        MessageChannel.unlink(own);
        MessageChannel.create(own, SIZE).close();
        MessageChannel.unlink(own);
    }

    @Test
    @DisplayName("CHN-036 one that all have died with is removed by who opens it next")
    void abandonedIsReplaced() throws Exception {
        var own = Unique.name("abandoned");
        try (var peer = ChannelPeer.start("create", own)) {
            try (var same = MessageChannel.openOrReplace(own, SIZE)) {
                same.sender().send(filled(3, 1));
                peer.kill();
                assertFalse(SharedRegion.removeAbandoned(own)); // this one has it open
            }
        }
        try (var kept = MessageChannel.open(own)) {
            assertArrayEquals(new byte[] {1, 1, 1}, kept.receiver().receive().orElseThrow());
        }
        try (var replaced = MessageChannel.openOrReplace(own, SIZE.leased(2))) {
            assertEquals(SIZE.leased(2), replaced.size());
        }
        assertTrue(SharedRegion.removeAbandoned(own));
        assertThrows(NotFoundException.class, () -> SharedRegion.removeAbandoned(own));
    }

    /// Whoever has opened it has one that others open, too, as long as he has it.
    @Test
    @DisplayName("CHN-036 whoever removes and whoever opens at once agree")
    void openingAndRemovingAgree() throws Exception {
        var own = Unique.name("door");
        var opening = new ArrayList<ThreadKind.Running<Integer>>();
        for (int i = 0; i < 4; i++) {
            opening.add(
                    ThreadKind.PLATFORM.start(() -> {
                        int alone = 0;
                        for (int round = 0; round < 200; round++) {
                            try (var mine = MessageChannel.openOrReplace(own, SIZE);
                                    var same = MessageChannel.open(own)) {
                                assertEquals(
                                        FileStatus.of(mine.fd()).inode(),
                                        FileStatus.of(same.fd()).inode());
                                alone += mine.participants().size() == 2 ? 1 : 0;
                            }
                        }
                        return alone;
                    }));
        }
        for (var each : opening) {
            System.out.println(each.result() + " of 200 alone");
        }
        MessageChannel.unlink(own);
    }

    @Test
    @DisplayName("CHN-034 CHN-040 CHN-057 who died is told once, and his sides are free")
    void deathsAreTold() throws Exception {
        var deaths = new LinkedBlockingQueue<SharedRegion.Participant>();
        channel.onDeath(deaths::add);
        try (var sender = ChannelPeer.start("send", name);
                var receiver = ChannelPeer.start("receive", name)) {
            assertEquals(3, channel.participants().size());
            sender.kill();
            assertEquals(sender.pid(), deaths.take().pid());
            receiver.kill();
            assertEquals(receiver.pid(), deaths.take().pid());
        }
        assertFalse(channel.hasReceiver());
        assertFalse(channel.hasSender());
        channel.receiver().close();
        assertTrue(deaths.isEmpty());
    }

    @Test
    @DisplayName("CHN-043 CHN-050 a full channel: the wait ends with room, or with the receiver")
    void waitsForRoom() throws Exception {
        var sender = channel.sender().whenAlone(WhenAlone.END);
        while (sender.trySend(filled(1000, 1))) {}
        var receiver = channel.receiver();
        var sending = ThreadKind.PLATFORM.start(() -> sender.send(filled(1000, 2), LONG));
        sending.awaitBlocked();
        assertReceived(receiver, 1000, 1);
        assertReceived(receiver, 1000, 1); // so much is left before the end that it needs two
        assertTrue(sending.result());
        receiver.close();
        try (var _ = ChannelPeer.start("handle", name)) {
            var again = ThreadKind.PLATFORM.start(() -> sender.send(filled(1000, 3), LONG));
            again.awaitBlocked();
            assertTrue(channel.hasReceiver());
            again.interrupt();
            assertThrows(InterruptedException.class, again::result);
        }
        var last = ThreadKind.PLATFORM.start(() -> sender.send(filled(1000, 4), LONG));
        assertThrows(PeerGoneException.class, last::result);
    }

    private static long mappings() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.contains("/dev/shm/")).count();
        }
    }

    @Test
    @DisplayName("CHN-047 what was sent cannot be sent again")
    void sentTwice() throws Exception {
        var loan = channel.sender().loan(4);
        loan.commit();
        assertThrows(IllegalStateException.class, loan::commit);
        assertThrows(IllegalStateException.class, () -> loan.commit(1));
    }

    @Test
    @DisplayName("CHN-056 of a stopped sender nothing is taken, and others send")
    void stoppedSender() throws Exception {
        try (var peer = ChannelPeer.start("loan", name)) {
            Command.output("kill", "-STOP", "" + peer.pid());
            assertEquals(1, channel.sender().lane());
            assertEquals(Errno.EBUSY, assertThrows(OsException.class, channel::sender).errno());
        }
    }

    @Test
    @DisplayName("CHN-058 a record length that cannot be is told, and nothing beyond is read")
    void impossibleRecord() throws Exception {
        long first = SIZE.layout().ring(0) + 512;
        var receiver = channel.receiver();
        try (var region = SharedRegion.open(name, SIZE.layout().number())) {
            for (int word : new int[] {Integer.MAX_VALUE, 9 - 2, 1, 4097, -7, -4096, -8}) {
                region.data().set(JAVA_INT, first, word);
                assertThrows(BadRegionException.class, () -> receiver.tryReceive(in), "" + word);
            }
        }
    }
}
