package parley.shm;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import parley.channel.MessageChannel;
import parley.contract.ThreadKind;
import parley.contract.ThreadKind.Running;

/// A program that uses all structures of a region, and says how each of its threads ended when the
/// region's file was shortened. What it does with its data goes wrong then in any way, for a
/// moment; it goes on until it is told why.
final class TruncatedJvm {
    private static final long CHANNEL = 16_384;
    private static final long NEVER_SIGNALLED = 32_768;
    private static final MessageChannel.Size SIZE = MessageChannel.Size.ofOneSender(4096);

    private final SharedRegion region;

    private TruncatedJvm(SharedRegion region) {
        this.region = region;
    }

    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws Exception {
        try (var region = SharedRegion.open(arguments[0], 1)) {
            var threads = new ArrayList<Running<?>>(JvmVictim.start(region, () -> false));
            threads.addAll(new TruncatedJvm(region).start());
            System.out.println("at work");
            for (var thread : threads) {
                System.out.println(ending(region, thread));
            }
        }
    }

    private static String ending(SharedRegion region, Running<?> thread) throws Exception {
        try {
            return "ended with " + thread.result();
        } catch (RegionTruncatedException e) {
            return "told";
        } catch (Exception e) {
            return "told after " + e + told(region);
        }
    }

    /// Whoever asks is told: nobody gets this lock for long, be it free as zeros are.
    private static String told(SharedRegion region) throws Exception {
        try {
            var lock = region.mutex(JvmVictim.BYTES - SharedMutex.BYTES);
            while (true) {
                boolean _ = Thread.interrupted(); // by the JDK, if an access ended just then
                var _ = lock.lock(); // the second time it waits for itself
            }
        } catch (RegionTruncatedException e) {
            return "";
        }
    }

    private List<Running<?>> start() throws Exception {
        var channel = MessageChannel.in(region, CHANNEL, SIZE);
        return List.of(
                ThreadKind.PLATFORM.start(() -> send(channel)),
                ThreadKind.VIRTUAL.start(() -> receive(channel)),
                ThreadKind.PLATFORM.start(this::sleep),
                ThreadKind.VIRTUAL.start(this::sleep));
    }

    private static Object send(MessageChannel channel) throws Exception {
        var sender = channel.sender();
        try (var arena = Arena.ofShared()) {
            var message = arena.allocate(64);
            while (true) {
                sender.send(message);
            }
        }
    }

    private static Object receive(MessageChannel channel) throws Exception {
        var receiver = channel.receiver();
        try (var arena = Arena.ofShared()) {
            var message = arena.allocate(64);
            while (true) {
                var _ = receiver.receive(message);
            }
        }
    }

    private Object sleep() throws Exception {
        while (true) {
            region.eventCount(NEVER_SIGNALLED).awaitUntil(() -> false);
        }
    }
}
