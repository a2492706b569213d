package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import parley.kernel.LinuxFutex;
import parley.os.OsException;

/// The calling thread's robust list, of one word: when the thread ends, however it ends, the kernel
/// marks the word and wakes one who waits for it. See get_robust_list(2).
///
/// The list is in memory of this process alone, and replaces that of libc: for a thread that takes
/// no robust mutexes of pthreads. Not for another thread.
final class RobustList implements AutoCloseable {
    private static final long HEAD_BYTES = LinuxFutex.ROBUST_LIST_HEAD.byteSize();

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment head = arena.allocate(HEAD_BYTES + Long.BYTES, Long.BYTES);
    private final long node = head.address() + HEAD_BYTES;

    /// Begins, with an empty list.
    ///
    /// @throws OsException `ENOSYS`, `EPERM` where the call is filtered
    RobustList() throws OsException {
        boolean isDone = false;
        try {
            head.set(JAVA_LONG, LinuxFutex.LIST, head.address());
            head.set(JAVA_LONG, HEAD_BYTES, head.address()); // the node is the last
            int r = LinuxFutex.set_robust_list(head);
            OsException.check("set_robust_list", "", r);
            isDone = true;
        } finally {
            if (!isDone) {
                arena.close();
            }
        }
    }

    /// Has the kernel look at this word, and no other, from now on. It marks it if the number of
    /// this thread is in it.
    void watch(long wordAddress) {
        head.set(JAVA_LONG, LinuxFutex.FUTEX_OFFSET, wordAddress - node);
        head.set(JAVA_LONG, LinuxFutex.LIST, node);
    }

    /// Has the kernel look at no word.
    void watchNothing() {
        head.set(JAVA_LONG, LinuxFutex.LIST, head.address());
    }

    @Override
    public void close() {
        watchNothing();
        int _ = LinuxFutex.set_robust_list(MemorySegment.NULL);
        arena.close();
    }
}
