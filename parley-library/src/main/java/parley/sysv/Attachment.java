package parley.sysv;

import java.lang.foreign.MemorySegment;
import parley.kernel.SysShm;
import parley.memory.Protection;

/// How a segment of shared memory is attached. A value: each method gives another one. See
/// shmop(2).
///
/// ```java
/// SysvSharedMemory.open(key, Attachment.READ_ONLY.executable());
/// ```
public final class Attachment {
    /// For reading and writing, wherever there is room.
    public static final Attachment READ_WRITE =
            new Attachment(Protection.READ_WRITE, 0, 0, MemorySegment.NULL);

    /// For reading, wherever there is room.
    public static final Attachment READ_ONLY =
            new Attachment(Protection.READ_ONLY, SysShm.SHM_RDONLY, 0, MemorySegment.NULL);

    private final Protection protection;
    private final int flags;
    private final long address; // 0: wherever there is room
    private final MemorySegment replaced; // NULL: nothing

    private Attachment(Protection protection, int flags, long address, MemorySegment replaced) {
        this.protection = protection;
        this.flags = flags;
        this.address = address;
        this.replaced = replaced;
    }

    /// For this, wherever there is room.
    public static Attachment of(Protection protection) {
        return protection == Protection.READ_ONLY ? READ_ONLY : READ_WRITE;
    }

    /// Also for running code in it, which the segment's mode has to allow. (`SHM_EXEC`)
    public Attachment executable() {
        return new Attachment(protection, flags | SysShm.SHM_EXEC, address, replaced);
    }

    /// At exactly this address; refused with `EINVAL` if it does not begin a page, or if anything
    /// is there already. For programs whose segments hold pointers.
    public Attachment at(long address) {
        return placed(0, address, MemorySegment.NULL);
    }

    /// The same at the beginning of the page that this address is in. (`SHM_RND`)
    public Attachment atPageOf(long address) {
        return placed(SysShm.SHM_RND, address, MemorySegment.NULL);
    }

    /// In the place of memory that was mapped for this, whose content is gone. (`SHM_REMAP`)
    /// Detaching leaves the place taken, by memory that cannot be accessed, until its owner unmaps
    /// it.
    ///
    /// @param reserved begins a page, has at least the segment's whole pages, and is unmapped only
    ///   after this is detached; memory of the JVM's own, such as an arena's, must not be given
    public Attachment replacing(MemorySegment reserved) {
        if (!reserved.isNative()) {
            throw new IllegalArgumentException("not native memory: " + reserved);
        }
        return placed(SysShm.SHM_REMAP, reserved.address(), reserved);
    }

    private Attachment placed(int flag, long newAddress, MemorySegment newReplaced) {
        if (newAddress == 0) {
            throw new IllegalArgumentException("nothing can be attached at address 0");
        }
        int others = flags & ~(SysShm.SHM_RND | SysShm.SHM_REMAP);
        return new Attachment(protection, others | flag, newAddress, newReplaced);
    }

    Protection protection() {
        return protection;
    }

    int flags() {
        return flags;
    }

    long address() {
        return address;
    }

    boolean isReplacing() {
        return !replaced.equals(MemorySegment.NULL);
    }

    /// Makes sure that so many bytes, in whole pages, replace nothing else.
    void requireRoom(long bytes) {
        if (isReplacing() && replaced.byteSize() < bytes) {
            throw new IllegalArgumentException(
                    "the segment has %d bytes in whole pages, and what it is to replace %d"
                            .formatted(bytes, replaced.byteSize()));
        }
    }
}
