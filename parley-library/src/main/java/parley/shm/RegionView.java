package parley.shm;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import parley.kernel.Unistd;
import parley.memory.Mapping;
import parley.memory.MemoryFile;
import parley.memory.Protection;
import parley.os.Fd;
import parley.os.OsException;
import parley.ready.Deadline;
import parley.ready.Interruption;
import parley.shm.SharedRegion.Participant;

/// A region that is looked at, and not taken part in: how a process sees what another user, or
/// anybody who is not trusted, publishes. Its giver calls [SharedRegion#openReadOnly].
///
/// Nothing is ever written. What is in the region may change at any moment, and be anything: who is
/// alive is what the memory says, and a number that was read is checked before it is used, as one
/// from a socket; [#copy] keeps it from changing meanwhile. A giver cannot end this JVM by it: the
/// region is refused unless its length is sealed. Safe for many threads.
public final class RegionView implements AutoCloseable {
    /// Nothing tells one who looks that somebody has died: it is looked for so often.
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    private final String object;
    private final RegionLayout layout;
    private final Fd fd;
    private final Mapping mapping;
    private final MemorySegment data;
    private final Words words;
    private final ParticipantTable table;

    private RegionView(String object, RegionLayout layout, Fd fd) throws IOException {
        this.object = object;
        this.layout = layout;
        this.fd = fd;
        this.mapping = Mapping.of(fd, object, 0, layout.bytes(), Protection.READ_ONLY);
        this.data = mapping.segment().asSlice(layout.dataOffset());
        this.words = new SegmentWords(mapping);
        this.table = new ParticipantTable(words, RegionLayout.TABLE, layout.slots());
    }

    /// Looks at a region without a name, which came from another process.
    ///
    /// @param fd owned from now on, also if it is refused; need not be open for writing
    /// @param layout as it was made with
    /// @throws OsException `EPERM` if it is not sealed against shrinking, `EINVAL` if it is no
    ///   memory file
    /// @throws BadRegionException if it is no region, or has another layout
    public static RegionView of(Fd fd, long layout) throws IOException {
        var owned = MemoryFile.of(fd).fd();
        var object = "memfd:" + owned;
        boolean isMade = false;
        try {
            var view = new RegionView(object, RegionLayout.read(owned, object, layout), owned);
            isMade = true;
            return view;
        } finally {
            if (!isMade) {
                owned.close();
            }
        }
    }

    /// The data, which cannot be written; an access after [#close] is an `IllegalStateException`. A
    /// hostile giver can take pages out: then they are zeros, which cost this process memory when
    /// they are read here, and do not by [#copy].
    public MemorySegment data() {
        return data;
    }

    /// Copies a part of the data, so that it can be checked and then used. It is of no one moment
    /// if it is being changed; what is read afterwards, by this thread, is read afterwards.
    ///
    /// @param offset in the data, in bytes
    /// @param target native memory, filled in full
    /// @throws IllegalArgumentException if the part is not within the data
    /// @throws java.nio.channels.ClosedChannelException if this is closed
    public void copy(long offset, MemorySegment target) throws IOException {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("the target is read-only");
        }
        long from = layout.place("a copy", offset, target.byteSize(), 1);
        int number = fd.enter();
        try {
            long done = 0;
            while (done < target.byteSize()) { // never beyond the end, which is sealed
                long r = Unistd.pread(number, target.asSlice(done), from + done);
                done += OsException.check("pread", object, r);
            }
        } finally {
            fd.exit();
        }
        VarHandle.acquireFence();
    }

    /// Those who are alive now, as the memory says.
    ///
    /// @throws IllegalStateException if this is closed
    public List<Participant> participants() {
        return table.participants();
    }

    /// True while a participant lives, as the memory says; a stopped process does.
    ///
    /// @throws IllegalStateException if this is closed
    public boolean isAlive(Participant participant) {
        return table.isAlive(participant.tag());
    }

    /// Waits until a word of the data is another. Whoever changes it wakes all that wait on it
    /// ([parley.memory.Futex#wakeAll]); if he does not, it is seen within 100 ms.
    ///
    /// @param offset in the data, a multiple of 4
    /// @param seen what the word was
    /// @param by who changes it
    /// @return false if he died and has not
    /// @throws InterruptedException if interrupted before
    /// @throws java.nio.channels.ClosedChannelException if this is closed, meanwhile too
    public boolean awaitChange(long offset, int seen, Participant by)
            throws IOException, InterruptedException {
        return awaitChange(offset, seen, by, Deadline.NEVER);
    }

    /// Waits at most `timeout`.
    ///
    /// @return false also if the word was the same all the time
    public boolean awaitChange(long offset, int seen, Participant by, Duration timeout)
            throws IOException, InterruptedException {
        return awaitChange(offset, seen, by, Deadline.after(timeout));
    }

    private boolean awaitChange(long offset, int seen, Participant by, Deadline deadline)
            throws IOException, InterruptedException {
        long at = layout.place("a word", offset, Integer.BYTES, Integer.BYTES);
        Objects.requireNonNull(by);
        Interruption.check();
        try {
            var word = mapping.futex(at);
            while (true) {
                boolean isOver = deadline.isOver() || !isAlive(by); // before the last look
                if (words.getInt(at) != seen) {
                    return true;
                }
                if (isOver) {
                    return false;
                }
                var _ = word.await(seen, deadline.earlier(Deadline.after(LOOK_AGAIN)));
            }
        } catch (IllegalStateException e) {
            throw words.closed(e);
        }
    }

    /// Looks no more, and ends the waits; the region is nobody's here. More calls do nothing.
    ///
    /// @throws IllegalStateException while a system call uses the data: close it again afterwards
    @Override
    public void close() {
        mapping.close();
        fd.close();
    }

    @Override
    public String toString() {
        return object;
    }
}
