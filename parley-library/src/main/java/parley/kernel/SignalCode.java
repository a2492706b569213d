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

    /// What [#replaceLostPages] makes of an address that of its page: 8 bytes, to be set.
    int PAGE_MASK = DATA + 48;

    /// Ranges of memory, of [#RANGE_BYTES] each, that [#replaceLostPages] looks after.
    int RANGES = DATA + 64;

    int RANGES_MAX = 4096;
    int RANGE_BYTES = 32;

    /// Where the ranges end, and the data.
    int END = RANGES + RANGES_MAX * RANGE_BYTES;

    /// In a range, of 8 bytes each: another number for each that the place has had; the address
    /// where it begins; its length in bytes, 0 for none; the address of a 32-bit word.
    int RANGE_NUMBER = 0;

    int RANGE_START = 8;
    int RANGE_LENGTH = 16;
    int RANGE_WORD = 24;

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

    /// For SIGBUS: if what was accessed lies in one of the [#RANGES], and is not there
    /// (`BUS_ADRERR`), sets the range's word to 1, maps zeros of this process alone from that page
    /// to the end of the range, and wakes who waits on the word; the access is then made again. For
    /// anything else, and if nothing can be mapped, goes on in the handler that was there before.
    ///
    /// It takes no lock: a range is believed only if its number was the same before and after it
    /// was read. Who takes one away sets its length to 0; who adds one in its place sets the start,
    /// the number, and then the length.
    void replaceLostPages(ByteBuffer code);
}
