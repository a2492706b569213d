package parley.pipe;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import parley.kernel.Fcntl;
import parley.kernel.SysMman;
import parley.kernel.SysUio;
import parley.os.Errno;
import parley.os.Lifetime;
import parley.os.OsException;
import parley.ready.Deadline;
import parley.ready.Interest;
import parley.ready.Interruption;
import parley.ready.Readiness;
import parley.ready.Readiness.Attempt;

/// Memory to be filled and then given to a pipe, which keeps the pages themselves: nothing is
/// copied. See vmsplice(2), SPLICE_F_GIFT.
///
/// What lies in a pipe this way is whatever stands in the page when it is read. So nobody may write
/// to it, or get it from an allocator, before; and no process can find out when that is, as the
/// pages may go on into other pipes and sockets. Therefore this memory is made for the purpose, is
/// out of reach with the first [PipeSink#give], and is unmapped when all has gone: the pipe has the
/// only pages then. For memory of any other kind, `write` copies.
///
/// For the one thread that makes it.
public final class PageGift implements AutoCloseable {
    private static final Attempt GIVE =
            Attempt.of(
                    (fd, iovec, _) -> give(fd, iovec, Fcntl.SPLICE_F_NONBLOCK),
                    (fd, iovec, _) -> give(fd, iovec, 0));

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment segment;
    private final MemorySegment rest = Arena.ofAuto().allocate(SysUio.IOVEC); // what has not gone
    private final Lifetime lifetime;

    private PageGift(long address, long bytes) {
        this.segment = SysMman.memory(address, bytes, arena, _ -> {});
        this.lifetime = new Lifetime(() -> SysMman.munmap(address, bytes));
        rest.set(JAVA_LONG, SysUio.IOV_BASE, address);
        rest.set(JAVA_LONG, SysUio.IOV_LEN, bytes);
    }

    /// Makes memory full of zeros, which begins a page.
    ///
    /// @throws OsException `ENOMEM` if there is not as much
    public static PageGift allocate(long bytes) throws OsException {
        if (bytes < 1) {
            throw new IllegalArgumentException("not a size in bytes: " + bytes);
        }
        int protection = SysMman.PROT_READ | SysMman.PROT_WRITE;
        int flags = SysMman.MAP_PRIVATE | SysMman.MAP_ANONYMOUS;
        long r = SysMman.mmap(0, bytes, protection, flags, -1, 0);
        return new PageGift(OsException.check("mmap", "pages to give", r), bytes);
    }

    /// The memory to fill; an access after it is given is an `IllegalStateException`.
    public MemorySegment segment() {
        return segment;
    }

    /// How many bytes have not gone yet.
    public long bytesLeft() {
        return rest.get(JAVA_LONG, SysUio.IOV_LEN);
    }

    private static long give(int fd, MemorySegment iovec, int flags) {
        return Fcntl.vmsplice(fd, iovec, 1, flags | Fcntl.SPLICE_F_GIFT);
    }

    long tryGiveTo(PipeSink sink) throws IOException {
        begin();
        try {
            return advance(sink, Readiness.attempt(sink.fd(), GIVE, rest, 0));
        } finally {
            end();
        }
    }

    long giveTo(PipeSink sink, Deadline deadline) throws IOException {
        begin();
        long given = 0;
        try {
            while (bytesLeft() > 0) {
                long r = Readiness.await(sink.fd(), Interest.WRITE, deadline, GIVE, rest, 0);
                long went = advance(sink, r);
                if (went == 0) {
                    break;
                }
                given += went;
            }
            return given;
        } catch (InterruptedException _) {
            throw Interruption.asIoException(sink.toString(), given);
        } finally {
            end();
        }
    }

    /// Puts the memory out of reach, and keeps it mapped for the call: its addresses would be other
    /// memory's else.
    private void begin() throws IOException {
        if (!segment.isAccessibleBy(Thread.currentThread())) {
            throw new WrongThreadException("of another thread");
        }
        if (!lifetime.isOpen()) {
            throw new IllegalStateException("given, or closed");
        }
        lifetime.enter();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private void end() {
        lifetime.exit();
        if (bytesLeft() == 0) {
            lifetime.close();
        }
    }

    private long advance(PipeSink sink, long r) throws OsException {
        if (Errno.EAGAIN.is(r)) {
            return 0;
        }
        long went = OsException.check("vmsplice", sink.toString(), r);
        long address = rest.get(JAVA_LONG, SysUio.IOV_BASE);
        rest.set(JAVA_LONG, SysUio.IOV_BASE, address + went);
        rest.set(JAVA_LONG, SysUio.IOV_LEN, bytesLeft() - went);
        return went;
    }

    /// Frees what has not gone; more calls do nothing.
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
        lifetime.close();
    }
}
