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
import parley.os.OsException;
import parley.ready.Blocking;
import parley.ready.Interruption;

/// Locks on bytes of a file that belong to an open file description, see fcntl(2).
final class ByteLocks {
    private final Fd fd;

    ByteLocks(Fd fd) {
        this.fd = fd;
    }

    /// Takes a lock; never waits.
    ///
    /// @return false if another has it
    /// @throws ClosedChannelException if the descriptor is closed
    boolean tryLock(short type, long at) throws IOException {
        try (var arena = Arena.ofConfined()) {
            int r = call(Fcntl.F_OFD_SETLK, range(arena, type, at, 1));
            return !Errno.EAGAIN.is(r) && !Errno.EACCES.is(r) && checked(r);
        }
    }

    /// Takes a lock, waiting until it can be had: it is to be one that is held for a short time.
    void lock(short type, long at) throws IOException {
        if (tryLock(type, at)) {
            return;
        }
        try (var arena = Arena.ofShared()) {
            var range = range(arena, type, at, 1);
            long r =
                    Blocking.call(
                            fd.lifetime(),
                            () -> Fcntl.fcntl(fd.number(), Fcntl.F_OFD_SETLKW, range));
            OsException.check("fcntl(F_OFD_SETLKW)", fd.toString(), r);
        } catch (InterruptedException _) {
            throw Interruption.asIoException(fd.toString(), 0);
        }
    }

    void unlock(long at) throws IOException {
        try (var arena = Arena.ofConfined()) {
            boolean _ = checked(call(Fcntl.F_OFD_SETLK, range(arena, Fcntl.F_UNLCK, at, 1)));
        }
    }

    /// True while another has a lock for writing on one of the bytes. One for reading is none of
    /// ours: who may only look at a file can have it.
    boolean isLocked(long at, long bytes) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var range = range(arena, Fcntl.F_RDLCK, at, bytes); // only one for writing is against
            boolean _ = checked(call(Fcntl.F_OFD_GETLK, range));
            return range.get(JAVA_SHORT, Fcntl.L_TYPE) != Fcntl.F_UNLCK;
        }
    }

    private int call(int command, MemorySegment range) throws ClosedChannelException {
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

    private static MemorySegment range(Arena arena, short type, long at, long bytes) {
        var range = arena.allocate(Fcntl.FLOCK);
        range.set(JAVA_SHORT, Fcntl.L_TYPE, type);
        range.set(JAVA_LONG, Fcntl.L_START, at);
        range.set(JAVA_LONG, Fcntl.L_LEN, bytes);
        return range;
    }
}
