package parley.signal;

import java.nio.ByteBuffer;
import java.util.function.BiConsumer;
import parley.kernel.HandlerCode;
import parley.kernel.SignalCode;
import parley.os.OsException;

/// Makes handlers in machine code.
final class Handlers {
    private Handlers() {}

    /// @throws OsException `EACCES`, `EPERM` where nothing that was written may be executed
    static HandlerCode of(BiConsumer<SignalCode, ByteBuffer> handler) throws OsException {
        long r = HandlerCode.map(handler);
        return new HandlerCode(OsException.check("mprotect", "signal handler", r));
    }
}
