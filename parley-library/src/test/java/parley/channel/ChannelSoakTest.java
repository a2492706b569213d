package parley.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import parley.channel.MessageChannel.Size;
import parley.contract.Unique;
import parley.os.Credentials;
import parley.peer.Peer;
import parley.ready.Outcome;
import parley.shm.LookAgain;
import parley.shm.SharedRegion;

/// JVMs send and receive for long, with one that stands by to receive, and one of them after the
/// other is killed: `-Dparley.channel.soak=PT10M -Dparley.channel.kill=PT2S`, each a [Duration],
/// and `-Dparley.crash.seed=7`.
@Timeout(value = 12, unit = TimeUnit.HOURS)
class ChannelSoakTest {
    @RegisterExtension static final LookAgain NO_WAKE_IS_LOST = LookAgain.never();

    private static final Duration SOAK = duration("parley.channel.soak", "PT4S");
    private static final Duration KILL = duration("parley.channel.kill", "PT0.5S");
    private static final long SEED = Long.getLong("parley.crash.seed", 1);
    private static final int SENDERS = 3;
    private static final int RECEIVERS = 2;
    private static final Path FOLDER = Path.of("/dev/shm/parley-" + Credentials.own().uid());

    private final Random random = new Random(SEED);
    private final String name = Unique.name("soak");
    private final String ledgerName = name + "-ledger";
    private final List<Peer> peers = new ArrayList<>(); // those that send first
    private int senders; // that there have been

    private static Duration duration(String property, String otherwise) {
        return Duration.parse(System.getProperty(property, otherwise));
    }

    @Test
    void nothingIsLostDoubledTornOrLeft() throws Exception {
        var size = new Size(SENDERS + 1, 1 << 16);
        var before = left();
        System.out.printf("soak of %s, a kill each %s, seed %d%n", SOAK, KILL, SEED);
        try (var ledger = SoakLedger.create(ledgerName);
                var channel = MessageChannel.create(name, size)) {
            for (int i = 0; i < SENDERS + RECEIVERS; i++) {
                peers.add(startOne(i));
            }
            int kills = killForLong(channel);
            for (var peer : peers) {
                end(peer);
            }
            while (channel.participants().size() > 1) {
                Thread.onSpinWait();
            }
            try (var receiver = channel.receiver()) {
                while (receiver.tryDrain(ledger::handle, 1000) != Outcome.NOTHING) {}
            }
            check(ledger, channel, kills);
        } finally {
            MessageChannel.unlink(name);
            SharedRegion.unlink(ledgerName);
        }
        assertEquals(before, left());
    }

    private Peer startOne(int place) throws Exception {
        int sender = place < SENDERS ? senders++ : -1;
        assertTrue(senders <= SoakLedger.SENDERS_MAX, "too many senders");
        var peer = SoakPeer.start(name, ledgerName, sender);
        assertEquals("there", peer.line());
        return peer;
    }

    /// Kills one at random, and starts another, again and again.
    private int killForLong(MessageChannel channel) throws Exception {
        long end = System.nanoTime() + SOAK.toNanos();
        int kills = 0;
        while (System.nanoTime() - end < 0) {
            LockSupport.parkNanos(random.nextLong(2 * KILL.toNanos()));
            int place = random.nextInt(peers.size());
            end(peers.get(place));
            peers.set(place, startOne(place));
            kills++;
            awaitProgress(channel);
        }
        return kills;
    }

    /// It said nothing: what a receiver finds wrong ends it.
    private static void end(Peer peer) throws Exception {
        peer.kill();
        assertEquals("", peer.rest());
        peer.close();
    }

    /// Whoever is dead, messages come: not to see one for long is a hang.
    private static void awaitProgress(MessageChannel channel) throws Exception {
        long before = received(channel);
        while (received(channel) == before) {
            Thread.onSpinWait();
        }
    }

    private static long received(MessageChannel channel) throws IOException {
        return channel.status().lanes().stream().mapToLong(lane -> lane.ring().received()).sum();
    }

    private void check(SoakLedger ledger, MessageChannel channel, int kills) throws IOException {
        long all = 0;
        for (int sender = 0; sender < senders; sender++) {
            long sent = ledger.sent(sender).get();
            long handled = ledger.handled(sender).get();
            // Who was killed before he could say that he had sent one has sent it all the same.
            assertTrue(handled == sent || handled == sent + 1, handled + " of " + sent);
            all += handled;
        }
        assertTrue(all > 0);
        for (var lane : channel.status().lanes()) {
            assertEquals(0, lane.ring().bytesWaiting());
            assertFalse(lane.sender().isPresent());
        }
        System.out.printf("%d messages of %d senders, %d kills%n", all, senders, kills);
    }

    /// Descriptors and mappings of regions, and files of these ones.
    private List<String> left() throws IOException {
        var left = new ArrayList<String>();
        try (var descriptors = Files.list(Path.of("/proc/self/fd"));
                var files = Files.list(FOLDER)) {
            for (var descriptor : descriptors.toList()) {
                if (Files.isSymbolicLink(descriptor)) { // else closed meanwhile
                    left.add(Files.readSymbolicLink(descriptor).toString());
                }
            }
            left.addAll(Files.readAllLines(Path.of("/proc/self/maps")));
            left.removeIf(each -> !each.contains(FOLDER.toString()));
            left.addAll(files.map(Path::toString).filter(each -> each.contains(name)).toList());
        }
        return left;
    }

    /// That something which is left is seen.
    @Test
    void whatIsLeftIsFound() throws Exception {
        var before = left();
        try (var _ = MessageChannel.create(name, Size.ofOneSender(64))) {
            var found = left();
            found.removeAll(before);
            assertTrue(found.stream().anyMatch(each -> each.contains(" rw-s ")), "a mapping");
            assertTrue(found.stream().anyMatch(each -> each.endsWith(name)), "a file");
            assertTrue(found.stream().anyMatch(each -> each.startsWith(FOLDER + "/#")), "" + found);
        } finally {
            MessageChannel.unlink(name);
        }
        assertEquals(before, left());
    }
}
