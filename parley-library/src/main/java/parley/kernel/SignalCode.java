package parley.kernel;

import java.nio.ByteBuffer;

/// Machine code of signal handlers: the only thing that may run in a thread of a JVM that a signal
/// interrupts, because it needs neither the JVM nor libc. An upcall there ends the JVM.
///
/// Each handler is `void handler(int signal, siginfo_t *info, void *ucontext)`, see sigaction(2).
/// Its data stands [#DATA] bytes behind the start of the code, in a page that can be written.
/// Nothing else is referred to, so that the code runs wherever it is copied to.
public interface SignalCode {
    /// From the start of the code to its data, in bytes; a page on both platforms, and a multiple
    /// of one where pages are larger.
    int DATA = 64 * 1024;

    /// In the data: the bits that [#block] and [#sendBack] set in the interrupted thread's mask, 8
    /// bytes.
    int SET_BITS = DATA;

    /// The bits that [#unblock] leaves there, 8 bytes.
    int KEPT_BITS = DATA + 8;

    /// The descriptor that [#record] and [#chain] write to, 4 bytes.
    int DESCRIPTOR = DATA + 16;

    /// How many [#record] and [#chain] could not write, or [#sendBack] not send, 8 bytes.
    int DROPPED = DATA + 24;

    /// The handler that [#chain] goes on to, 8 bytes.
    int NEXT = DATA + 32;

    /// The `si_code` that [#sendBack] gives a signal, 4 bytes.
    int CODE = DATA + 40;

    /// Blocks signals in the interrupted thread, from its return on.
    void block(ByteBuffer code);

    /// Unblocks signals in the interrupted thread, from its return on.
    void unblock(ByteBuffer code);

    /// Writes the `siginfo_t` to a descriptor, or counts that it could not.
    void record(ByteBuffer code);

    /// Blocks signals as [#block] does, and sends the one that came to the process again, with what
    /// was said of it: its `si_code` is in `si_errno`, and [#CODE] in its place.
    void sendBack(ByteBuffer code);

    /// As [#record], and then goes on in the handler that was there before.
    void chain(ByteBuffer code);
}
