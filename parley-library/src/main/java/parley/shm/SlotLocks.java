package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import parley.kernel.Fcntl;
import parley.os.Errno;
import parley.os.Fd;
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
    boolean tryLock(int slot) throws OsException {
        int r = lock(Fcntl.F_OFD_SETLK, Fcntl.F_WRLCK, slot);
        if (Errno.EAGAIN.is(r) || Errno.EACCES.is(r)) {
            return false;
        }
        OsException.check("fcntl", fd.toString(), r);
        return true;
    }

    void unlock(int slot) throws OsException {
        OsException.check("fcntl", fd.toString(), lock(Fcntl.F_OFD_SETLK, Fcntl.F_UNLCK, slot));
    }

    private int lock(int command, short type, int slot) {
        try (var arena = Arena.ofConfined()) {
            return Fcntl.fcntl(fd.number(), command, range(arena, type, slot));
        }
    }

    private static MemorySegment range(Arena arena, short type, int slot) {
        var range = arena.allocate(Fcntl.FLOCK);
        range.set(JAVA_SHORT, Fcntl.L_TYPE, type);
        range.set(JAVA_LONG, Fcntl.L_START, RegionLayout.slotOffset(slot));
        range.set(JAVA_LONG, Fcntl.L_LEN, 1);
        return range;
    }

    /// True while another participant has it.
    boolean isLocked(int slot) throws OsException {
        try (var arena = Arena.ofConfined()) {
            var range = range(arena, Fcntl.F_WRLCK, slot);
            int r = Fcntl.fcntl(fd.number(), Fcntl.F_OFD_GETLK, range);
            OsException.check("fcntl", fd.toString(), r);
            return range.get(JAVA_SHORT, Fcntl.L_TYPE) != Fcntl.F_UNLCK;
        }
    }

    /// Gives all back.
    @Override
    public void close() {
        fd.close();
    }
}
