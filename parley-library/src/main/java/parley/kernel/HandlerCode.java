package parley.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.BiConsumer;

/// A signal handler in machine code, with its data. It stays for the life of the process: a thread
/// may be in it at any time, also after another handler is installed.
public final class HandlerCode {
    private static final VarHandle WORD = JAVA_LONG.varHandle();

    private final MemorySegment memory;

    /// @param address that [#map] has returned
    public HandlerCode(long address) {
        this.memory = SysMman.memory(address, SignalCode.END, Arena.global(), _ -> {});
    }

    /// Makes a handler.
    ///
    /// @return its address or `-errno`: `-EACCES`, `-EPERM` where nothing that was written may be
    ///   executed
    public static long map(BiConsumer<SignalCode, ByteBuffer> handler) {
        int writable = SysMman.PROT_READ | SysMman.PROT_WRITE;
        int flags = SysMman.MAP_PRIVATE | SysMman.MAP_ANONYMOUS;
        long address = SysMman.mmap(0, SignalCode.END, writable, flags, -1, 0);
        if (address < 0) {
            return address;
        }
        var code = new HandlerCode(address).memory.asByteBuffer().order(ByteOrder.nativeOrder());
        handler.accept(Abi.HOST.signalCode(), code);
        int executable = SysMman.PROT_READ | SysMman.PROT_EXEC;
        int r = SysMman.mprotect(address, SignalCode.DATA, executable);
        if (r < 0) {
            int _ = SysMman.munmap(address, SignalCode.END);
            return r;
        }
        return address;
    }

    /// Where it begins: what sigaction(2) takes.
    public long address() {
        return memory.address();
    }

    /// A field of [SignalCode], of 8 bytes.
    public long get(int offset) {
        return (long) WORD.getVolatile(memory, (long) offset);
    }

    public void set(int offset, long value) {
        WORD.setVolatile(memory, (long) offset, value);
    }

    /// The same of 4 bytes.
    public void setInt(int offset, int value) {
        memory.set(JAVA_INT, offset, value);
    }
}
