package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import parley.kernel.Fcntl;
import parley.os.Errno;
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

    /// @param region opened anew: the description of this one others may have, too
    SlotLocks(Fd region) throws OsException {
        try (var arena = Arena.ofConfined()) {
            var path = "/proc/self/fd/" + region.number();
            int r = Fcntl.open(arena.allocateFrom(path), Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0);
            this.fd = Fd.of("open", path, r);
        }
    }

    /// Takes a lock; never waits.
    ///
    /// @return false if another participant has it
    /// @throws java.nio.channels.ClosedChannelException if the region is closed
    boolean tryLock(int slot) throws IOException {
        try (var arena = Arena.ofConfined()) {
            int r = lock(Fcntl.F_OFD_SETLK, range(arena, Fcntl.F_WRLCK, slot));
            return !Errno.EAGAIN.is(r) && !Errno.EACCES.is(r) && checked(r);
        }
    }

    void unlock(int slot) throws IOException {
        try (var arena = Arena.ofConfined()) {
            boolean _ = checked(lock(Fcntl.F_OFD_SETLK, range(arena, Fcntl.F_UNLCK, slot)));
        }
    }

    private int lock(int command, MemorySegment range) throws ClosedChannelException {
        int number = fd.enter();
        try {
            return Fcntl.fcntl(number, command, range);
        } finally {
            fd.exit();
        }
    }

    private boolean checked(int r) throws OsException {
        return OsException.check("fcntl", fd.toString(), r) >= 0;
    }

    private static MemorySegment range(Arena arena, short type, int slot) {
        var range = arena.allocate(Fcntl.FLOCK);
        range.set(JAVA_SHORT, Fcntl.L_TYPE, type);
        range.set(JAVA_LONG, Fcntl.L_START, RegionLayout.slotOffset(slot));
        range.set(JAVA_LONG, Fcntl.L_LEN, 1);
        return range;
    }

    /// True while another participant has it. A lock for reading is none of a participant's: who
    /// may only look at the region can have it.
    boolean isLocked(int slot) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var range = range(arena, Fcntl.F_RDLCK, slot); // which only one for writing is against
            boolean _ = checked(lock(Fcntl.F_OFD_GETLK, range));
            return range.get(JAVA_SHORT, Fcntl.L_TYPE) != Fcntl.F_UNLCK;
        }
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
