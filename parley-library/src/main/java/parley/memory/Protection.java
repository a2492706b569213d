package parley.memory;

import parley.kernel.Fcntl;
import parley.kernel.SysMman;

/// What a process may do with memory it has mapped.
public enum Protection {
    /// Reading only; the segment is read-only too, because a write would kill the JVM.
    READ_ONLY(SysMman.PROT_READ, Fcntl.O_RDONLY),
    /// Reading and writing.
    READ_WRITE(SysMman.PROT_READ | SysMman.PROT_WRITE, Fcntl.O_RDWR);

    private final int protectionFlags;
    private final int openFlags;

    Protection(int protectionFlags, int openFlags) {
        this.protectionFlags = protectionFlags;
        this.openFlags = openFlags;
    }

    int protectionFlags() {
        return protectionFlags;
    }

    /// The access mode of open(2) that suits, for packages above.
    public int openFlags() {
        return openFlags;
    }
}
