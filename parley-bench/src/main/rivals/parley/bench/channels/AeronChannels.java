package parley.bench.channels;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.logbuffer.BufferClaim;
import io.aeron.logbuffer.FragmentHandler;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import parley.bench.channels.Side.Role;

/// Aeron over IPC: exclusive publications, terms of 64 MiB whose pages are all there, messages that
/// are never fragmented. The driver has one thread, which backs off; it lives in a process of its
/// own, or (`embedded`) in the first receiver's.
public final class AeronChannels implements ChannelLibrary {
    private static final String THERE = "aeron:ipc?mtu=65504|sparse=false|term-length=64m";
    private static final String BACK = "aeron:ipc?mtu=65504|sparse=false|term-length=4m";
    private static final int STREAM = 1001;
    private static final int STREAM_BACK = 1002;
    private static final int FRAGMENTS_MAX = 256; // at once

    @Override
    public ChannelEnds open(String mechanism, Side side, Cargo cargo) throws Exception {
        boolean isEmbedded = mechanism.equals("embedded");
        if (side.role() == Role.DRIVER) {
            return new Driver(launch(side));
        }
        boolean launches = isEmbedded && !side.isSender() && side.index() == 0;
        var driver = launches ? launch(side) : null;
        var aeron =
                Aeron.connect(
                        new Aeron.Context()
                                .aeronDirectoryName(directory(side))
                                .preTouchMappedMemory(true));
        var out =
                side.isSender()
                        ? aeron.addExclusivePublication(THERE, STREAM)
                        : aeron.addExclusivePublication(BACK, STREAM_BACK);
        var in =
                side.isSender()
                        ? aeron.addSubscription(BACK, STREAM_BACK)
                        : aeron.addSubscription(THERE, STREAM);
        while (side.isSender() && !out.isConnected()) {
            Thread.onSpinWait();
        }
        return mechanism.equals("offer")
                ? new Ends(cargo, driver, aeron, in, out)
                : new Claiming(cargo, driver, aeron, in, out);
    }

    private static String directory(Side side) {
        return side.path("aeron").toString();
    }

    private static MediaDriver launch(Side side) {
        return MediaDriver.launch(
                new MediaDriver.Context()
                        .aeronDirectoryName(directory(side))
                        .threadingMode(ThreadingMode.SHARED)
                        .sharedIdleStrategy(new BackoffIdleStrategy())
                        .termBufferSparseFile(false)
                        .dirDeleteOnStart(true)
                        .dirDeleteOnShutdown(true));
    }

    private record Driver(MediaDriver driver) implements ChannelEnds {
        @Override
        public boolean trySend() {
            throw new UnsupportedOperationException("a driver carries no messages itself");
        }

        @Override
        public int receive() {
            throw new UnsupportedOperationException("a driver carries no messages itself");
        }

        @Override
        public void close() {
            driver.close();
        }
    }

    /// Sends by `offer`, which copies a message at once.
    private static class Ends implements ChannelEnds {
        final Cargo cargo;
        final UnsafeBuffer outgoing = new UnsafeBuffer(Cargo.outgoing());
        final ExclusivePublication out;
        private final UnsafeBuffer incoming = new UnsafeBuffer(Cargo.incoming());
        private final @Nullable MediaDriver driver;
        private final Aeron aeron;
        private final Subscription in;
        private final FragmentHandler handler;

        Ends(
                Cargo cargo,
                @Nullable MediaDriver driver,
                Aeron aeron,
                Subscription in,
                ExclusivePublication out) {
            this.cargo = cargo;
            this.driver = driver;
            this.aeron = aeron;
            this.in = in;
            this.out = out;
            handler =
                    (buffer, offset, length, _) -> {
                        incoming.putBytes(0, buffer, offset, length);
                        cargo.took();
                    };
        }

        @Override
        public boolean trySend() {
            return isSent(out.offer(outgoing, 0, cargo.bytes()));
        }

        static boolean isSent(long position) {
            if (position == Publication.CLOSED || position == Publication.MAX_POSITION_EXCEEDED) {
                throw new IllegalStateException(Publication.errorString(position));
            }
            return position > 0;
        }

        @Override
        public int receive() {
            return in.poll(handler, FRAGMENTS_MAX);
        }

        @Override
        public void close() {
            aeron.close();
            if (driver != null) {
                driver.close();
            }
        }
    }

    /// Sends by `tryClaim`, which lets the sender write into the log itself.
    private static final class Claiming extends Ends {
        private final BufferClaim claim = new BufferClaim();

        Claiming(
                Cargo cargo,
                @Nullable MediaDriver driver,
                Aeron aeron,
                Subscription in,
                ExclusivePublication out) {
            super(cargo, driver, aeron, in, out);
        }

        @Override
        public boolean trySend() {
            if (!isSent(out.tryClaim(cargo.bytes(), claim))) {
                return false;
            }
            claim.putBytes(outgoing, 0, cargo.bytes());
            claim.commit();
            return true;
        }
    }
}
