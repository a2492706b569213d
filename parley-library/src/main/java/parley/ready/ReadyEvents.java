package parley.ready;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import parley.kernel.SysEpoll;

/// The events that one wait on an [Epoll] found; filled again and again, without an allocation.
///
/// Used by one thread at a time; threads that wait on one epoll instance bring one each.
///
/// @param <A> the type of the attachments
public final class ReadyEvents<A> {
    private static final long EVENT_BYTES = SysEpoll.EPOLL_EVENT.byteSize();
    private static final Object CLEARED = new Object();

    private final Epoll<A> epoll;
    private final int capacity;
    private final MemorySegment memory;
    private final Object[] registrations; // Registration<A>, up to `count`
    private final Interest[] interests;
    private int count;

    ReadyEvents(Epoll<A> epoll, int capacity) {
        if (capacity <= 0) {
            throw new IllegalArgumentException("room for at least one event: " + capacity);
        }
        this.epoll = epoll;
        this.capacity = capacity;
        this.memory = Arena.ofAuto().allocate(SysEpoll.EPOLL_EVENT, capacity);
        this.registrations = new Object[capacity];
        this.interests = new Interest[capacity];
    }

    /// The most events of one wait.
    public int capacity() {
        return capacity;
    }

    /// How many events the last wait found; 0 if its time was over.
    public int count() {
        return count;
    }

    /// What the descriptor of event `index` is ready for.
    public Interest interest(int index) {
        return interests[Objects.checkIndex(index, count)];
    }

    /// What was attached to the descriptor of event `index` when it was added.
    public A attachment(int index) {
        return registration(index).attachment();
    }

    /// The registration of event `index`; it may have been removed since.
    @SuppressWarnings("unchecked") // only such are put in
    public Registration<A> registration(int index) {
        return (Registration<A>) registrations[Objects.checkIndex(index, count)];
    }

    boolean isOf(Epoll<A> other) {
        return epoll == other;
    }

    MemorySegment memory() {
        return memory;
    }

    void clear() {
        for (int i = 0; i < count; i++) {
            registrations[i] = CLEARED; // so that a closed connection is not kept alive from here
        }
        count = 0;
    }

    /// Takes over what the kernel has written, but nothing of registrations that are gone.
    int fill(int found, Registrations<A> known) {
        clear();
        for (int i = 0; i < found; i++) {
            long at = i * EVENT_BYTES;
            var registration = known.find(memory.get(JAVA_LONG_UNALIGNED, at + SysEpoll.DATA));
            if (registration != null) {
                registrations[count] = registration;
                interests[count] =
                        Interest.of(memory.get(JAVA_INT_UNALIGNED, at + SysEpoll.EVENTS));
                count++;
            }
        }
        return count;
    }
}
