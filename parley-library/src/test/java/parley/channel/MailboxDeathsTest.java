package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import parley.channel.Mailbox.Message;
import parley.channel.Mailbox.Size;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.os.Credentials;
import parley.peer.Peer;
import parley.shm.CPeer;
import parley.shm.LookAgain;
import parley.shm.SharedRegion;

/// Those who use a mailbox are killed at random: programs in C, more often with
/// `-Dparley.victims=20000`, and JVMs, `-Dparley.jvm.victims=500`; both with
/// `-Dparley.crash.seed=7`.
@Timeout(3600)
class MailboxDeathsTest {
    @RegisterExtension static final LookAgain NO_WAKE_IS_LOST = LookAgain.never();

    private static final int VICTIMS = Integer.getInteger("parley.victims", 2_000) / 2;
    private static final int JVM_VICTIMS = Integer.getInteger("parley.jvm.victims", 12);
    private static final int AT_WORK_MICROS = 20_000; // at most
    private static final int SEED = Integer.getInteger("parley.crash.seed", 1);
    private static final Size SIZE = new Size(16, 4096);
    private static final int NUMBERS = 1 << 24;

    @TempDir private static Path directory;

    private static String program;

    private final String name = Unique.name("mail-deaths");
    private final String file = "/dev/shm/parley-" + Credentials.own().uid() + "/" + name;
    private SharedRegion region; // with a byte for each number behind the mailbox
    private Mailbox mailbox;

    @BeforeAll
    static void compile() throws Exception {
        program = MailboxCPeer.compile(directory);
    }

    @BeforeEach
    void create() throws IOException {
        long bytes = Mailbox.bytes(SIZE) + NUMBERS;
        region = SharedRegion.create(name, SIZE.layout().number(), bytes);
        mailbox = Mailbox.in(region, 0, SIZE);
    }

    @AfterEach
    void unlink() throws IOException {
        mailbox.close();
        region.close();
        SharedRegion.unlink(name);
    }

    private Peer start(String doing, Object... more) throws IOException {
        var words = new Object[3 + more.length];
        words[0] = doing;
        words[1] = file;
        words[2] = Mailbox.bytes(SIZE);
        System.arraycopy(more, 0, words, 3, more.length);
        return CPeer.start(program, words);
    }

    /// A number, and bytes that follow from it.
    private static MemorySegment message(int number) {
        var bytes = new byte[4 + (int) (Integer.toUnsignedLong(number * 31) % 997)];
        var message = MemorySegment.ofArray(bytes).fill((byte) number);
        message.set(JAVA_INT_UNALIGNED, 0, number);
        return message;
    }

    private static int number(Message message) {
        var content = MemorySegment.ofArray(message.content());
        int number = content.get(JAVA_INT_UNALIGNED, 0);
        assertEquals(-1, content.mismatch(message(number)), "torn: " + number);
        return number;
    }

    private int received(int number) {
        return region.data().get(JAVA_BYTE, Mailbox.bytes(SIZE) + number);
    }

    @Test
    void aProgramInCSendsAndThisOneReceives() throws Exception {
        int times = 100_000;
        try (var peer = start("send", times)) {
            for (int number = 0; number < times; number++) {
                var message = mailbox.receive(MailboxSelector.exactly(1));
                assertEquals(number, number(message));
                assertEquals(number % 3, message.priority());
            }
            assertEquals("done", peer.line());
        }
    }

    @Test
    void thisOneSendsAndAProgramInCReceives() throws Exception {
        int times = 100_000;
        try (var peer = start("receive", times)) {
            for (int number = 0; number < times; number++) {
                mailbox.send(message(number), 1, number % 5);
            }
            assertEquals("done", peer.line());
        }
        for (int number = 0; number < times; number++) {
            assertEquals(1, received(number));
        }
    }

    /// All that a killed sender had sent comes, whole, once, in its order.
    @Test
    void nothingIsLostWhenSendersAreKilled() throws Exception {
        long count = 0;
        var next = new HashMap<Long, Integer>();
        try (var peer = start("senders", VICTIMS, SEED)) {
            var over = ThreadKind.PLATFORM.start(peer::line);
            for (int round = 0; ; round++) {
                boolean isOver = over.isDone();
                var which = MailboxSelector.lowestUpTo(round % 2 == 0 ? VICTIMS : round);
                var message = mailbox.tryReceive(which);
                if (message.isEmpty() && isOver && round % 2 == 0) {
                    break;
                } else if (message.isPresent()) {
                    int number = number(message.get());
                    assertEquals(number, next.getOrDefault(message.get().type(), 0));
                    next.put(message.get().type(), number + 1);
                    count++;
                }
            }
            assertEquals("done", over.result());
        }
        assertEquals(count, mailbox.status().received());
        assertEquals(0, mailbox.status().messages());
        System.out.printf("%d killed senders, %d messages%n", VICTIMS, count);
    }

    /// Each message is received once; not at all only if it was taken by one who was killed before
    /// he could count it.
    @Test
    void nothingIsLostWhenReceiversAreKilled() throws Exception {
        int number = 0;
        try (var peer = start("receivers", VICTIMS, SEED)) {
            var over = ThreadKind.PLATFORM.start(peer::line);
            while (!over.isDone()) {
                number += mailbox.trySend(message(number), 1, number % 5) ? 1 : 0;
            }
            assertEquals("done", over.result());
        }
        int left = mailbox.status().messages();
        for (int i = 0; i < left; i++) {
            int last = number(mailbox.tryReceive(MailboxSelector.ANY).orElseThrow());
            assertEquals(0, received(last));
            region.data().set(JAVA_BYTE, Mailbox.bytes(SIZE) + last, (byte) 1);
        }
        int lost = 0;
        for (int i = 0; i < number; i++) {
            assertTrue(received(i) <= 1, i + " was received twice");
            lost += 1 - received(i);
        }
        assertTrue(lost <= VICTIMS, lost + " were taken and not counted");
        System.out.printf("%d killed receivers, %d messages, %d%n", VICTIMS, number, lost);
    }

    /// One JVM sends, another receives, each of them until it is killed; this one does both.
    @Test
    void nothingIsLostWhenJvmsAreKilled() throws Exception {
        var random = new Random(SEED);
        var name = Unique.name("mail-jvm");
        var log = Files.createFile(directory.resolve(name));
        try (var box = Mailbox.create(name, SIZE)) {
            for (int i = 0; i < JVM_VICTIMS; i++) {
                try (var sender = MailboxPeer.start("send", name, "" + i);
                        var receiver = MailboxPeer.start("receive", name, log.toString())) {
                    LockSupport.parkNanos(1000L * random.nextInt(AT_WORK_MICROS));
                    (random.nextBoolean() ? sender : receiver).kill();
                    LockSupport.parkNanos(1000L * random.nextInt(AT_WORK_MICROS));
                }
            }
            var logged = MailboxPeer.read(log);
            long received = logged.size();
            for (var left = box.tryReceive(MailboxSelector.ANY);
                    left.isPresent();
                    left = box.tryReceive(MailboxSelector.ANY)) {
                long seen = MailboxPeer.identity(left.get());
                assertTrue(logged.add(seen), seen + " was received twice");
            }
            long sent = box.status().sent();
            long lost = sent - logged.size();
            assertTrue(received > 0 && lost >= 0 && lost <= JVM_VICTIMS, lost + " of " + sent);
        } finally {
            Mailbox.unlink(name);
        }
    }
}
