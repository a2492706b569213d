package parley.tool.demo;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.os.PeerGoneException;

/// Carries a file from this process to a second one over one mechanism after the other, and
/// measures.
final class Demonstration implements AutoCloseable {
    private static final int ROUNDS = 5000;
    private static final int WARM_UP_ROUNDS = 1000;
    private static final int ROUND_BYTES = 64;

    /// What a kernel says of a mechanism that it does not have.
    private static final Set<Errno> ABSENT =
            EnumSet.of(
                    Errno.ENOSYS, Errno.EAFNOSUPPORT, Errno.EPROTONOSUPPORT, Errno.ESOCKTNOSUPPORT);

    private final FileChannel file;
    private final long bytes;
    private final String checksum;
    private final Workplace workplace;
    private final AtomicReference<Closing> current = new AtomicReference<>();
    private PeerProcess peer;

    /// @param file what is carried; its content must not change meanwhile
    Demonstration(FileChannel file, Workplace workplace) throws Exception {
        this.file = file;
        this.bytes = file.size();
        this.checksum = Digest.of(file);
        this.workplace = workplace;
        this.peer = PeerProcess.start();
    }

    /// Carries the file over one mechanism; whatever happens becomes a row.
    ///
    /// @param progress is told how many bytes have gone
    Row run(Mechanism mechanism, LongConsumer progress) throws Exception {
        if (!peer.isAlive()) {
            peer.close();
            peer = PeerProcess.start();
        }
        var address = "";
        try (var _ = new Watch(peer, Thread.currentThread());
                var end = new Closing()) {
            current.set(end);
            var offer = mechanism.offer().offer(workplace, end);
            address = offer.address();
            return carry(mechanism, offer, progress);
        } catch (Exception e) {
            boolean _ = Thread.interrupted(); // by the watch
            return badRow(mechanism, address, e);
        } finally {
            current.set(null);
        }
    }

    private Row carry(Mechanism mechanism, Offer offer, LongConsumer progress) throws Exception {
        var arguments = new ArrayList<String>();
        arguments.add(mechanism.name());
        arguments.addAll(offer.details());
        peer.protocol().send("join", arguments, offer.descriptors());
        offer.descriptors().forEach(Fd::close);
        var link = offer.meeting().meet();
        expect("joined");
        long start = System.nanoTime();
        peer.protocol().send("receive", Long.toString(bytes));
        long messages = send(link, progress);
        var received = expect("received");
        long nanos = System.nanoTime() - start;
        if (!received.equals(checksum)) {
            throw new IOException("SHA-256 differs: sent " + checksum + ", received " + received);
        }
        var roundTrips = measureRoundTrips(link);
        peer.protocol().send("leave");
        return new Row(
                mechanism.name(),
                offer.address(),
                bytes,
                messages,
                nanos,
                roundTrips[ROUNDS / 2],
                roundTrips[ROUNDS * 99 / 100],
                Row.Status.OK,
                "");
    }

    private long send(Link link, LongConsumer progress) throws Exception {
        long messages = 0;
        try (var arena = Arena.ofConfined()) {
            var piece = arena.allocate(link.pieceBytesMax());
            for (long position = 0; position < bytes; messages++) {
                int length = (int) Math.min(piece.byteSize(), bytes - position);
                readAll(piece.asSlice(0, length), position);
                link.send(piece.asSlice(0, length));
                position += length;
                progress.accept(position);
            }
        }
        return messages;
    }

    private void readAll(MemorySegment into, long position) throws IOException {
        var buffer = into.asByteBuffer();
        while (buffer.hasRemaining()) {
            if (file.read(buffer, position + buffer.position()) < 0) {
                throw new EOFException("the file became shorter while it was sent");
            }
        }
    }

    /// Nanoseconds of each round, sorted.
    private long[] measureRoundTrips(Link link) throws Exception {
        int rounds = WARM_UP_ROUNDS + ROUNDS;
        peer.protocol().send("echo", Integer.toString(rounds), Integer.toString(ROUND_BYTES));
        expect("echoing");
        var nanos = new long[rounds];
        try (var arena = Arena.ofConfined()) {
            var message = arena.allocate(ROUND_BYTES);
            var answer = arena.allocate(link.pieceBytesMax());
            for (int i = 0; i < rounds; i++) {
                message.set(JAVA_INT, 0, i);
                long start = System.nanoTime();
                link.send(message);
                link.receiveAll(answer, ROUND_BYTES);
                nanos[i] = System.nanoTime() - start;
                if (message.mismatch(answer.asSlice(0, ROUND_BYTES)) >= 0) {
                    throw new IOException("round " + i + " came back different");
                }
            }
        }
        var measured = Arrays.copyOfRange(nanos, WARM_UP_ROUNDS, rounds);
        Arrays.sort(measured);
        return measured;
    }

    /// Waits for the other process's next word, and returns its argument if it has one.
    private String expect(String word) throws Exception {
        var message = peer.protocol().receive();
        if (!message.word().equals(word)) {
            throw new IOException(
                    "the second process: "
                            + message.word()
                            + " "
                            + String.join(" ", message.arguments()));
        }
        return message.arguments().getFirst();
    }

    /// The second process may be in any state now, so that it is ended.
    private Row badRow(Mechanism mechanism, String address, Exception e) throws Exception {
        boolean hasPeerGone = !peer.isAlive() || isPeerGone(e);
        var reason = words(e);
        if (hasPeerGone) {
            reason = peer.end();
        }
        peer.close();
        boolean isAbsent = e instanceof OsException refused && ABSENT.contains(refused.errno());
        var status = isAbsent ? Row.Status.UNAVAILABLE : Row.Status.FAILED;
        return Row.bad(mechanism.name(), address, status, reason);
    }

    private static String words(Exception e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    /// An interrupt comes from the watch, the others from the objects that the process has closed.
    private static boolean isPeerGone(Exception e) {
        return e instanceof InterruptedException
                || e instanceof InterruptedIOException
                || e instanceof EOFException
                || e instanceof PeerGoneException;
    }

    /// Ends the second process and takes away what the mechanism at hand has made; any thread may
    /// call it at any time.
    @Override
    public void close() throws IOException {
        peer.close();
        var end = current.getAndSet(null);
        if (end != null) {
            end.close();
        }
    }

    /// Interrupts a thread, once, if the second process ends meanwhile.
    private static final class Watch implements AutoCloseable {
        private boolean isOver;

        Watch(PeerProcess peer, Thread thread) {
            var _ =
                    peer.ended()
                            .thenRun(() -> {
                                synchronized (this) {
                                    if (!isOver) {
                                        thread.interrupt();
                                    }
                                }
                            });
        }

        @Override
        public synchronized void close() {
            isOver = true;
        }
    }
}
