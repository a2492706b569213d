package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import parley.kernel.LinuxFutex;

/// The calling thread's robust list, of one word: when the thread ends, however it ends, the kernel
/// marks the word and wakes one who waits for it. See get_robust_list(2).
///
/// The list is in memory of this process alone, and replaces that of libc: for a thread that takes
/// no robust mutexes of pthreads. It is closed when the kernel has no such thread any more.
final class RobustList implements AutoCloseable {
    private static final long HEAD_BYTES = LinuxFutex.ROBUST_LIST_HEAD.byteSize();

    private final Arena arena = Arena.ofShared();
    private final MemorySegment head = arena.allocate(HEAD_BYTES + Long.BYTES, Long.BYTES);
    private final long node = head.address() + HEAD_BYTES;

    private RobustList() {
        head.set(JAVA_LONG, LinuxFutex.LIST, head.address());
        head.set(JAVA_LONG, HEAD_BYTES, head.address()); // the node is the last
    }

    /// The calling thread's from now on, without a word; empty where the call is filtered.
    static Optional<RobustList> ofThisThread() {
        var list = new RobustList();
        if (LinuxFutex.set_robust_list(list.head) < 0) {
            list.close();
            return Optional.empty();
        }
        return Optional.of(list);
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
        arena.close();
    }
}
