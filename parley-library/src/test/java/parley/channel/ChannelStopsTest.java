package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import parley.channel.MessageChannel.Size;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.os.Credentials;
import parley.peer.Peer;
import parley.shm.CPeer;
import parley.signal.Signal;
import parley.signal.Signals;

/// A sender is stopped in the middle of sending, while others wrap their lanes many times, and goes
/// on: more with `-Dparley.stops=1000 -Dparley.crash.seed=7`.
@Timeout(3600)
class ChannelStopsTest {
    private static final int STOPS = Integer.getInteger("parley.stops", 39);
    private static final int CAPACITY = 4096;
    private static final int OTHERS = 2;
    private static final int MESSAGES = 200; // some 50 times what a lane holds
    private static final int AT_WORK_MICROS = 2000; // at most

    @TempDir private static Path directory;

    private static String program;
    private static final long[] NANOS = new long[2]; // with a stopped one, and without

    private final String name = Unique.name("stops");
    private final String file = "/dev/shm/parley-" + Credentials.own().uid() + "/" + name;
    private final NumberedMessages messages = new NumberedMessages(CAPACITY);
    private final Arena arena = Arena.ofShared();
    private final MemorySegment in = arena.allocate(CAPACITY);
    private final int[] sent = new int[1 + OTHERS]; // by each of the others, from 1 on
    private MessageChannel channel;
    private MessageReceiver receiver;

    @BeforeAll
    static void compile() throws Exception {
        program = ChannelCPeer.compile(directory);
    }

    @AfterAll
    static void tellTheRate() {
        System.out.printf(
                "%d messages of others: %d us while one is stopped, %d us without him%n",
                OTHERS * MESSAGES, NANOS[0] / 1000 / STOPS, NANOS[1] / 1000 / STOPS);
    }

    @BeforeEach
    void create() throws IOException {
        channel = MessageChannel.create(name, new Size(1 + OTHERS, CAPACITY));
        receiver = channel.receiver();
    }

    @AfterEach
    void unlink() throws IOException {
        channel.close();
        MessageChannel.unlink(name);
        arena.close();
    }

    private static boolean isStopped(Peer peer) throws IOException {
        return Files.readString(Path.of("/proc/" + peer.pid() + "/stat")).contains(") T ");
    }

    private static void stop(Peer peer) throws IOException {
        Signals.send(peer.pid(), Signal.STOP);
        while (!isStopped(peer)) {
            Thread.onSpinWait();
        }
    }

    /// Some of what is there.
    ///
    /// @return how many came
    private int receive() throws IOException {
        return Math.max(0, receiver.tryDrain(this::check, 64));
    }

    private boolean check(MemorySegment memory, long offset, int bytes) {
        messages.check(memory.asSlice(offset, bytes));
        return true;
    }

    /// All others send, and all of it comes.
    ///
    /// @return how many nanoseconds that took
    private long letOthersSend(MessageSender[] others) throws Exception {
        long begin = System.nanoTime();
        var sending = new ArrayList<ThreadKind.Running<Boolean>>();
        for (int i = 1; i <= OTHERS; i++) {
            int who = i;
            int first = sent[who];
            sent[who] += MESSAGES;
            sending.add(
                    ThreadKind.PLATFORM.start(() -> {
                        for (int number = first; number < first + MESSAGES; number++) {
                            others[who - 1].send(messages.message(who, number));
                        }
                        return true;
                    }));
        }
        while (messages.next(1) < sent[1] || messages.next(2) < sent[2]) {
            int _ = receive();
        }
        for (var each : sending) {
            assertTrue(each.result());
        }
        return System.nanoTime() - begin;
    }

    private MessageSender[] others() throws IOException {
        var others = new MessageSender[OTHERS];
        for (int i = 0; i < OTHERS; i++) {
            others[i] = channel.sender();
            assertNotEquals(0, others[i].lane());
        }
        return others;
    }

    static IntStream places() {
        return IntStream.range(0, STOPS).map(stop -> 1 + stop % ChannelCPeer.PLACES);
    }

    /// Before each of its steps.
    @ParameterizedTest
    @MethodSource("places")
    void whoIsStoppedWhileItSendsHoldsNobodyUp(int place) throws Exception {
        try (var peer = CPeer.start(program, "stop", file, MESSAGES, place)) {
            while (!isStopped(peer)) {
                int _ = receive();
            }
            while (receive() > 0) {}
            int before = messages.next(0);
            var others = others();
            long meanwhile = letOthersSend(others);
            assertEquals(before, messages.next(0));
            assertTrue(isStopped(peer));
            Signals.send(peer.pid(), Signal.CONT);
            while (messages.next(0) < MESSAGES) {
                int _ = receive();
            }
            assertEquals("done", peer.line());
            long afterwards = letOthersSend(others);
            NANOS[0] += meanwhile;
            NANOS[1] += afterwards;
        }
    }

    /// In a loan, before it is committed.
    @Test
    void aJvmThatIsStoppedInALoanSendsItAfterwards() throws Exception {
        try (var peer = ChannelPeer.start("loan", name)) {
            stop(peer);
            assertEquals(8, receiver.receive(in));
            long _ = letOthersSend(others());
            Signals.send(peer.pid(), Signal.CONT);
            peer.tell("");
            assertEquals(100, receiver.receive(in));
            for (int i = 0; i < 100; i++) {
                assertEquals(1, in.get(JAVA_BYTE, i));
            }
        }
    }

    /// Wherever it is; its numbers come in order, whole.
    @Test
    void aJvmThatIsStoppedAtRandomLosesNothing() throws Exception {
        var random = new Random(Long.getLong("parley.crash.seed", 1));
        var number = new long[1];
        try (var peer = ChannelPeer.start("send", name)) {
            var others = others();
            for (int i = 0; i < STOPS; i++) {
                long end = System.nanoTime() + 1000L * random.nextInt(AT_WORK_MICROS);
                while (System.nanoTime() - end < 0) {
                    boolean _ = receiveNumbers(number);
                }
                stop(peer);
                while (receiveNumbers(number)) {}
                long before = number[0];
                long _ = letOthersSend(others);
                assertEquals(before, number[0]);
                Signals.send(peer.pid(), Signal.CONT);
                while (number[0] == before) { // it goes on
                    boolean _ = receiveNumbers(number);
                }
            }
        }
        System.out.printf("%d stops, %d messages%n", STOPS, number[0]);
    }

    /// Some of what is there of the JVM.
    ///
    /// @return true if there may be more
    private boolean receiveNumbers(long[] next) throws IOException {
        for (int i = 0; i < 64; i++) {
            if (receiver.tryReceive(in) != JAVA_LONG.byteSize()) {
                return false;
            }
            assertEquals(next[0]++, in.get(JAVA_LONG, 0));
        }
        return true;
    }
}
