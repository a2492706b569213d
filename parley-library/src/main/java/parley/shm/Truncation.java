package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import parley.kernel.SysMman;
import parley.memory.Futex;
import parley.memory.Mapping;
import parley.memory.Protection;
import parley.os.Fd;
import parley.os.OsException;

/// Whether the file of a region was shortened while it is mapped here: nothing keeps the length of
/// one with a name.
///
/// Who accesses what is gone finds zeros ([PageGuard]), and before he does, it is known here: so
/// what was read first, and believed only if it is not known afterwards, is no such zero. The life
/// thread is woken, and ends what goes on in the region.
final class Truncation {
    private final String object;
    private final boolean isPossible;
    private final MemorySegment word = Arena.ofAuto().allocate(JAVA_INT);
    private final Futex futex = Futex.of(word, 0);
    private final List<Range> mapped = new ArrayList<>();

    /// @param isPossible false if the length is sealed
    Truncation(String object, boolean isPossible) {
        this.object = object;
        this.isPossible = isPossible;
    }

    private record Range(int number, long address, long bytes) {}

    /// Maps the region. Once it was shortened, [Mapping#close] ends the use of the memory by its
    /// segments alone, and [#close] unmaps it.
    Mapping map(Fd fd, long bytes) throws IOException {
        if (!isPossible) {
            return Mapping.of(fd, object, 0, bytes, Protection.READ_WRITE);
        }
        long address = mmap(fd, bytes);
        boolean isGuarded = false;
        try {
            int number = PageGuard.add(address, bytes, word.address());
            isGuarded = true;
            var range = new Range(number, address, bytes);
            synchronized (mapped) {
                mapped.add(range);
            }
            return Mapping.attached(address, bytes, Protection.READ_WRITE, () -> closed(range));
        } finally {
            if (!isGuarded) {
                int _ = SysMman.munmap(address, bytes);
            }
        }
    }

    private long mmap(Fd fd, long bytes) throws IOException {
        int number = fd.enter();
        try {
            int access = SysMman.PROT_READ | SysMman.PROT_WRITE;
            long r = SysMman.mmap(0, bytes, access, SysMman.MAP_SHARED, number, 0);
            return OsException.check("mmap", object, r);
        } finally {
            fd.exit();
        }
    }

    private void closed(Range range) {
        if (!isKnown()) {
            unmap(range);
        }
    }

    private void unmap(Range range) {
        synchronized (mapped) {
            if (mapped.remove(range)) {
                PageGuard.remove(range.number);
                int _ = SysMman.munmap(range.address, range.bytes);
            }
        }
    }

    /// Unmaps what is left, when nobody uses it any more.
    void close() {
        synchronized (mapped) {
            List.copyOf(mapped).forEach(this::unmap);
        }
    }

    boolean isPossible() {
        return isPossible;
    }

    boolean isKnown() {
        return futex.get() != 0;
    }

    /// What is so as long as it is not known; who waits for this word is woken.
    Futex.Expectation unknown() {
        return new Futex.Expectation(futex, 0);
    }

    /// Somebody else than the handler has found it out.
    void tell() throws IOException {
        if (futex.compareAndSet(0, 1)) {
            int _ = futex.wakeAll();
        }
    }

    /// @throws RegionTruncatedException if it is known
    void requireUnknown() throws RegionTruncatedException {
        if (isKnown()) {
            throw new RegionTruncatedException(object);
        }
    }

    /// What a use of the region ends with that found it closed.
    ClosedChannelException closed() {
        return isKnown() ? new RegionTruncatedException(object) : new ClosedChannelException();
    }

    /// What an access ends with that failed.
    ///
    /// @throws IllegalStateException `e` itself if that is not because of this
    RegionTruncatedException failed(IllegalStateException e) {
        if (!isKnown()) {
            throw e;
        }
        var truncated = new RegionTruncatedException(object);
        truncated.initCause(e);
        return truncated;
    }
}
