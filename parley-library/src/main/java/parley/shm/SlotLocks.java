package parley.shm;

import java.io.IOException;
import java.lang.foreign.Arena;
import parley.kernel.Fcntl;
import parley.os.Fd;
import parley.os.FileStatus;
import parley.os.OsException;

/// Who takes part holds a lock on a byte of the region, one for each slot, that is his until all of
/// his process is gone: every thread with every system call. That is later than his death, which
/// the life word tells; so a slot is taken anew only when nothing of its last owner is left.
///
/// The locks belong to an open file description (fcntl(2)) that nobody else has.
final class SlotLocks implements AutoCloseable {
    private final Fd fd;
    private final ByteLocks locks;

    /// @param region opened anew: the description of this one others may have, too
    SlotLocks(Fd region) throws OsException {
        try (var arena = Arena.ofConfined()) {
            var path = "/proc/self/fd/" + region.number();
            int r = Fcntl.open(arena.allocateFrom(path), Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0);
            this.fd = Fd.of("open", path, r);
            this.locks = new ByteLocks(fd);
        }
    }

    /// Takes a lock; never waits.
    ///
    /// @return false if another participant has it
    /// @throws java.nio.channels.ClosedChannelException if the region is closed
    boolean tryLock(int slot) throws IOException {
        return locks.tryLock(Fcntl.F_WRLCK, RegionLayout.slotOffset(slot));
    }

    void unlock(int slot) throws IOException {
        locks.unlock(RegionLayout.slotOffset(slot));
    }

    /// True while another participant has it.
    boolean isLocked(int slot) throws IOException {
        return locks.isLocked(RegionLayout.slotOffset(slot), 1);
    }

    /// The length of the region's file.
    long regionBytes() throws IOException {
        return FileStatus.of(fd).sizeBytes();
    }

    /// Gives all back.
    @Override
    public void close() {
        fd.close();
    }
}
