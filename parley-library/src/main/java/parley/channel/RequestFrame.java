package parley.channel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import parley.kernel.Time;
import parley.os.Errno;
import parley.os.OsException;
import parley.ready.Deadline;
import parley.shm.RingSender;
import parley.shm.SharedRing;

/// A message in a request channel: the number of the request, then when it is over, or what kind of
/// reply it is, then the bytes. See `docs/wire/requests.md`.
final class RequestFrame {
    static final int HEADER_BYTES = 16;

    // Kinds of replies.
    static final int PART = 1;
    static final int LAST = 2;
    static final int FAILED = 3;

    static final long NEVER = 0;

    /// From the clock of this JVM to CLOCK_MONOTONIC.
    private static final long OFFSET_NANOS = Time.monotonicNanos() - System.nanoTime();

    private RequestFrame() {}

    static int messageBytesMax(int capacity) {
        return SharedRing.messageBytesMax(capacity) - HEADER_BYTES;
    }

    /// When a deadline is, on CLOCK_MONOTONIC.
    static long time(Deadline deadline) {
        return deadline.isNever()
                ? NEVER
                : System.nanoTime() + OFFSET_NANOS + deadline.remainingNanos();
    }

    /// What is left until then.
    static long remainingNanos(long time) {
        return time == NEVER
                ? Long.MAX_VALUE
                : Math.max(0, time - System.nanoTime() - OFFSET_NANOS);
    }

    static long id(MemorySegment memory, long offset) {
        return memory.get(JAVA_LONG, offset);
    }

    /// A time or a kind.
    static long second(MemorySegment memory, long offset) {
        return memory.get(JAVA_LONG, offset + Long.BYTES);
    }

    /// @throws OsException `EMSGSIZE` if it is too long
    static void requireSize(MemorySegment body, int most, String call, Object channel)
            throws OsException {
        if (body.byteSize() > most) {
            var detail = "%d bytes, and there may be %d".formatted(body.byteSize(), most);
            throw OsException.of(call, channel.toString(), Errno.EMSGSIZE.number(), detail);
        }
    }

    /// Sends one if there is room for it.
    static boolean trySend(
            RingSender ring, ChannelMemory memory, long id, long second, MemorySegment body)
            throws IOException {
        long bytes = body.byteSize();
        long place = ring.tryLoan((int) bytes + HEADER_BYTES);
        if (place < 0) {
            return false;
        }
        try {
            var data = memory.data();
            data.set(JAVA_LONG, place, id);
            data.set(JAVA_LONG, place + Long.BYTES, second);
            MemorySegment.copy(body, 0, data, place + HEADER_BYTES, bytes);
            ring.commit();
            return true;
        } catch (IllegalStateException e) {
            throw memory.closed(e, ring.isOpen());
        } finally {
            ring.abort();
        }
    }
}
