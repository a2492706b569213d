package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;
import parley.kernel.Unistd;
import parley.memory.Futex;
import parley.memory.Mapping;
import parley.os.Errno;
import parley.os.OsException;
import parley.ready.Deadline;

/// Words in memory that is mapped.
final class SegmentWords extends Words {
    private static final VarHandle INT = JAVA_INT.varHandle().withInvokeExactBehavior();
    private static final VarHandle LONG = JAVA_LONG.varHandle().withInvokeExactBehavior();

    /// Who is waited for cannot go on meanwhile if the host has one processor; how many this
    /// process may use says nothing of that.
    private static final int SPINS = Unistd.sysconf(Unistd._SC_NPROCESSORS_ONLN) > 1 ? 100 : 0;

    private static final int KEPT = 64; // a power of two

    private final Mapping mapping;
    private final MemorySegment segment;
    private final Truncation truncation;

    /// Those waited on last, so that a wait makes no object. Threads may replace each other's.
    private final @Nullable Waited[] kept = new Waited[KEPT];

    private record Waited(long offset, Futex futex) {}

    /// @param mapping of memory that nobody can take away
    SegmentWords(Mapping mapping) {
        this(mapping, new Truncation(mapping.toString(), false));
    }

    SegmentWords(Mapping mapping, Truncation truncation) {
        this.mapping = mapping;
        this.segment = mapping.segment();
        this.truncation = truncation;
    }

    @Override
    int getInt(long offset) {
        return (int) INT.getVolatile(segment, offset);
    }

    @Override
    long getLong(long offset) {
        return (long) LONG.getVolatile(segment, offset);
    }

    @Override
    int getIntOpaque(long offset) {
        return (int) INT.getOpaque(segment, offset);
    }

    @Override
    void setInt(long offset, int value) {
        INT.setVolatile(segment, offset, value);
    }

    @Override
    int getAndAddInt(long offset, int delta) {
        return (int) INT.getAndAdd(segment, offset, delta);
    }

    @Override
    long getAndAddLong(long offset, long delta) {
        return (long) LONG.getAndAdd(segment, offset, delta);
    }

    @Override
    boolean compareAndSetInt(long offset, int expected, int value) {
        return INT.compareAndSet(segment, offset, expected, value);
    }

    @Override
    boolean compareAndSetLong(long offset, long expected, long value) {
        return LONG.compareAndSet(segment, offset, expected, value);
    }

    @Override
    int spins() {
        return SPINS;
    }

    @Override
    void await(long offset, int expected, Deadline deadline)
            throws IOException, InterruptedException {
        try {
            var futex = futex(offset);
            var pause = LifeThread.lookAgain;
            var _ =
                    deadline.isNever() // then nothing is allocated
                            ? futex.await(expected, pause)
                            : futex.await(expected, deadline.earlier(Deadline.after(pause)));
        } catch (ClosedChannelException e) {
            truncation.requireUnknown();
            throw e;
        } catch (OsException e) {
            if (e.errno() == Errno.EFAULT && truncation.isPossible()) {
                truncation.tell();
            }
            truncation.requireUnknown();
            throw isOpen() ? e : closed(e); // it was unmapped just before the call
        }
        truncation.requireUnknown();
    }

    @Override
    AsynchronousCloseException closed() {
        return truncation.closed() instanceof RegionTruncatedException truncated
                ? truncated
                : super.closed();
    }

    @Override
    boolean isOpen() {
        return mapping.isOpen();
    }

    @Override
    int wake(long offset, int count) {
        try {
            return futex(offset).wake(count);
        } catch (IOException | IllegalStateException _) {
            // Closed: this process leaves, and all others look again when it has. Refused: somebody
            // waits there in a way that is none of ours.
            return 0;
        }
    }

    private Futex futex(long offset) {
        // Multiples of 64 meet at 64 * 64. Of 8 GiB and more an int of it would be negative.
        int place = (int) ((offset >>> 2 ^ offset >>> 6) & (KEPT - 1));
        var last = kept[place];
        if (last != null && last.offset == offset) {
            return last.futex;
        }
        var futex = mapping.futex(offset);
        kept[place] = new Waited(offset, futex);
        return futex;
    }
}
