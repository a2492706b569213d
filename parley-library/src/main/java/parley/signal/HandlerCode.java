package parley.signal;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.BiConsumer;
import parley.kernel.Abi;
import parley.kernel.SignalCode;
import parley.kernel.SysMman;
import parley.os.OsException;

/// A signal handler in machine code, with its data. It stays for the life of the process: a thread
/// may be in it at any time, also after another handler is installed.
final class HandlerCode {
    private static final int DATA_BYTES = 4096;
    private static final VarHandle WORD = JAVA_LONG.varHandle();

    private final MemorySegment memory;

    private HandlerCode(MemorySegment memory) {
        this.memory = memory;
    }

    /// Makes a handler.
    ///
    /// @throws OsException `EACCES`, `EPERM` where nothing that was written may be executed
    static HandlerCode of(BiConsumer<SignalCode, ByteBuffer> handler) throws OsException {
        long bytes = SignalCode.DATA + DATA_BYTES;
        int writable = SysMman.PROT_READ | SysMman.PROT_WRITE;
        int flags = SysMman.MAP_PRIVATE | SysMman.MAP_ANONYMOUS;
        long r = SysMman.mmap(0, bytes, writable, flags, -1, 0);
        long address = OsException.check("mmap", "signal handler", r);
        var memory = SysMman.memory(address, bytes, Arena.global(), _ -> {});
        handler.accept(Abi.HOST.signalCode(), memory.asByteBuffer().order(ByteOrder.nativeOrder()));
        int executable = SysMman.PROT_READ | SysMman.PROT_EXEC;
        int protect = SysMman.mprotect(address, SignalCode.DATA, executable);
        if (protect < 0) {
            int _ = SysMman.munmap(address, bytes);
            throw OsException.of("mprotect", "signal handler", -protect);
        }
        return new HandlerCode(memory);
    }

    /// Where it begins: what sigaction(2) takes.
    long address() {
        return memory.address();
    }

    /// A field of [SignalCode], of 8 bytes.
    long get(int offset) {
        return (long) WORD.getVolatile(memory, (long) offset);
    }

    void set(int offset, long value) {
        WORD.setVolatile(memory, (long) offset, value);
    }

    /// The same of 4 bytes.
    void setInt(int offset, int value) {
        memory.set(JAVA_INT, offset, value);
    }
}
