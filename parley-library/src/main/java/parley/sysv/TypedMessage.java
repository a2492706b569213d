package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import parley.kernel.Pool;
import parley.kernel.SysIpc;
import parley.kernel.SysMsg;
import parley.os.Errno;
import parley.ready.PreparedCall;

/// A message as msgop(2) has it, its type in front of its text, and the calls that send and receive
/// it, all kept from call to call: one thread's between [#acquire] and [#release].
final class TypedMessage {
    /// The kernel's default for the longest text: `msgmax`.
    static final int DEFAULT_TEXT_BYTES = 8192;

    private static final int SLOTS = 64;
    private static final long KEPT_TEXT_BYTES_MAX = 1 << 20;
    private static final Pool<TypedMessage> KEPT = new Pool<>(SLOTS, TypedMessage::new);

    /// For a text that is not copied at once.
    static final MemorySegment NOWHERE = MemorySegment.NULL;

    private MemorySegment memory = allocate(DEFAULT_TEXT_BYTES);

    // The arguments of the next call.
    private int queue;
    private long textBytes; // what is sent, or may come
    private MessageSelector which = MessageSelector.ANY;
    private MemorySegment into = NOWHERE;

    private final PreparedCall msgsnd =
            new PreparedCall(() -> msgsnd(SysIpc.IPC_NOWAIT), () -> msgsnd(0));
    private final PreparedCall msgrcv =
            new PreparedCall(() -> msgrcv(SysIpc.IPC_NOWAIT), () -> msgrcv(0));

    private TypedMessage() {}

    static TypedMessage acquire() {
        return KEPT.acquire();
    }

    /// A large one is left to the collector.
    void release() {
        into = NOWHERE; // else it would be kept
        if (textBytesMax() <= KEPT_TEXT_BYTES_MAX) {
            KEPT.release(this);
        }
    }

    private static MemorySegment allocate(long textBytes) {
        return Arena.ofAuto().allocate(SysMsg.TYPE_BYTES + textBytes, SysMsg.TYPE_BYTES);
    }

    /// Type and text, for msgsnd and msgrcv.
    MemorySegment memory() {
        return memory;
    }

    /// The longest text that it has room for.
    long textBytesMax() {
        return memory.byteSize() - SysMsg.TYPE_BYTES;
    }

    /// Makes room for a text of this length; the content is lost.
    void grow(long textBytes) {
        memory = allocate(textBytes);
    }

    long type() {
        return memory.get(JAVA_LONG, 0);
    }

    /// What [#msgsnd] sends: a text that there is room for.
    void toSend(int queue, long type, MemorySegment text) {
        this.queue = queue;
        textBytes = text.byteSize();
        memory.set(JAVA_LONG, 0, type);
        MemorySegment.copy(text, 0, memory, SysMsg.TYPE_BYTES, textBytes);
    }

    /// What [#msgrcv] receives.
    ///
    /// @param textBytesMax the longest text that is wanted
    /// @param into where the text will be copied: checked, and kept, with each call, since a
    ///   message that has left the queue is lost if it cannot be copied
    void toReceive(int queue, long textBytesMax, MessageSelector which, MemorySegment into) {
        if (!into.isAccessibleBy(Thread.currentThread())) {
            throw new WrongThreadException("of another thread: " + into);
        }
        this.queue = queue;
        textBytes = textBytesMax;
        this.which = which;
        this.into = into;
    }

    PreparedCall msgsnd() {
        return msgsnd;
    }

    PreparedCall msgrcv() {
        return msgrcv;
    }

    private long msgsnd(int flags) {
        return SysMsg.msgsnd(queue, memory, textBytes, flags);
    }

    /// Our room grows until the text fits or is longer than it is wanted; meanwhile the message
    /// stays in the queue.
    private long msgrcv(int waitFlags) {
        // The thread that owns it may be another, which waits for this one meanwhile.
        var kept = into.isAccessibleBy(Thread.currentThread()) ? into : NOWHERE;
        long room = Math.min(textBytes, textBytesMax());
        int flags = waitFlags | which.flags(room == textBytes);
        long r = SysMsg.msgrcv(queue, memory, room, which.typeArgument(), flags, kept);
        if (Errno.E2BIG.is(r) && room < textBytes) {
            grow(Math.min(textBytes, 2 * room));
            return -Errno.EINTR.number(); // make it again
        }
        return Errno.ENOMSG.is(r) ? -Errno.EAGAIN.number() : r;
    }

    /// Copies the first bytes of the text.
    void copyText(MemorySegment into, long bytes) {
        MemorySegment.copy(memory, SysMsg.TYPE_BYTES, into, 0, bytes);
    }
}
