package parley.tool.demo;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.LongConsumer;
import parley.os.Errno;
import parley.os.OsException;
import parley.os.PeerGoneException;
import parley.tool.Failure;

/// Carries a file from this process to a second one over one mechanism after the other, and
/// measures.
final class Demonstration implements AutoCloseable {
    private static final String CHANGED = "the file was changed while it was carried";
    private static final int ROUNDS = 5000;
    private static final int WARM_UP_ROUNDS = 1000;
    private static final int ROUND_BYTES = 64;

    /// What a kernel says of a mechanism that it does not have.
    private static final Set<Errno> ABSENT =
            EnumSet.of(
                    Errno.ENOSYS, Errno.EAFNOSUPPORT, Errno.EPROTONOSUPPORT, Errno.ESOCKTNOSUPPORT);

    private final Content content;
    private final Workplace workplace;
    private PeerProcess peer;

    /// Starts the second process.
    ///
    /// @param content what is carried
    Demonstration(Content content, Workplace workplace) throws Exception {
        this.content = content;
        this.workplace = workplace;
        this.peer = PeerProcess.start(workplace);
    }

    /// Carries the file over one mechanism; whatever happens becomes a row.
    ///
    /// @param progress is told how many bytes have gone
    /// @throws InterruptedException if the thread was interrupted, and not by the watch
    Row run(Mechanism mechanism, LongConsumer progress) throws InterruptedException {
        var address = "";
        try (var end = new Closing()) {
            var offer = mechanism.offer().offer(workplace, end);
            address = offer.address();
            return carry(mechanism, offer, progress);
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            return badRow(mechanism, address, e);
        }
    }

    private Row carry(Mechanism mechanism, Offer offer, LongConsumer progress) throws Exception {
        if (!peer.isAlive()) {
            peer.close();
            peer = PeerProcess.start(workplace);
        }
        boolean isDone = false;
        try (var _ = new Watch(peer, Thread.currentThread())) {
            var row = converse(mechanism, offer, progress);
            isDone = true;
            return row;
        } catch (Exception e) {
            if (isInterrupt(e) && peer.isAlive()) {
                throw new InterruptedException();
            }
            boolean _ = Thread.interrupted(); // by the watch, and now known
            if (!peer.isAlive() || e instanceof EOFException || e instanceof PeerGoneException) {
                throw new IOException(peer.end(), e);
            }
            throw e;
        } finally {
            boolean _ = Thread.interrupted(); // by the watch, too late; others look at OrderlyEnd
            if (!isDone) {
                peer.close(); // it may be in any state now
            }
        }
    }

    private Row converse(Mechanism mechanism, Offer offer, LongConsumer progress) throws Exception {
        var arguments = new ArrayList<String>();
        arguments.add(mechanism.name());
        arguments.addAll(offer.details());
        peer.protocol().send("join", arguments, offer.descriptors());
        var link = offer.meeting().meet();
        expect("joined");
        var roundTrips = measureRoundTrips(link); // first: it warms up what the transfer needs
        long start = System.nanoTime();
        peer.protocol().send("receive", Long.toString(content.bytes()));
        long messages = send(link, progress);
        var received = expect("received");
        long nanos = System.nanoTime() - start;
        requireEqual(received);
        peer.protocol().send("leave");
        return new Row(
                mechanism.name(),
                offer.address(),
                content.bytes(),
                messages,
                nanos,
                roundTrips[ROUNDS / 2],
                roundTrips[ROUNDS * 99 / 100],
                Row.Status.OK,
                "");
    }

    private void requireEqual(String received) throws IOException {
        if (!received.equals(content.checksum())) {
            throw new IOException(
                    content.isUnchanged()
                            ? "SHA-256 differs: sent " + content.checksum() + ", got " + received
                            : CHANGED);
        }
    }

    private long send(Link link, LongConsumer progress) throws Exception {
        long messages = 0;
        try (var file = content.open();
                var arena = Arena.ofConfined()) {
            var piece = arena.allocate(link.pieceBytesMax());
            for (long position = 0; position < content.bytes(); messages++) {
                int length = (int) Math.min(piece.byteSize(), content.bytes() - position);
                readAll(file, piece.asSlice(0, length), position);
                link.send(piece.asSlice(0, length));
                position += length;
                progress.accept(position);
            }
        }
        return messages;
    }

    private static void readAll(FileChannel file, MemorySegment into, long position)
            throws IOException {
        var buffer = into.asByteBuffer();
        while (buffer.hasRemaining()) {
            if (file.read(buffer, position + buffer.position()) < 0) {
                throw new IOException(CHANGED);
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

    private static Row badRow(Mechanism mechanism, String address, Exception e) {
        boolean isAbsent = e instanceof OsException refused && ABSENT.contains(refused.errno());
        var status = isAbsent ? Row.Status.UNAVAILABLE : Row.Status.FAILED;
        Failure.trace(e);
        return Row.bad(mechanism.name(), address, status, Failure.of(e).message());
    }

    private static boolean isInterrupt(Exception e) {
        return e instanceof InterruptedException
                || e instanceof InterruptedIOException
                || e instanceof ClosedByInterruptException;
    }

    /// Ends the second process.
    @Override
    public void close() {
        peer.close();
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
