package parley.channel;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import parley.os.Fd;
import parley.shm.BroadcastRing;
import parley.shm.Delivery;
import parley.shm.EventCount;
import parley.shm.SharedByteRing;
import parley.shm.SharedCounter;
import parley.shm.SharedMutex;
import parley.shm.SharedRegion;
import parley.shm.SharedRegion.Participant;
import parley.shm.SharedRing;

/// The memory of a channel, a region or a part of one, and the sides of it that are open in this
/// process. All places are in bytes from the beginning of the channel. Safe for many threads.
final class ChannelMemory implements AutoCloseable {
    private final SharedRegion region;
    private final boolean isOwner; // of the region
    private final long offset; // in its data
    private final Map<AutoCloseable, Runnable> roles = new ConcurrentHashMap<>(); // their close
    private volatile boolean isClosed;

    ChannelMemory(SharedRegion region, boolean isOwner, long offset) {
        this.region = region;
        this.isOwner = isOwner;
        this.offset = offset;
    }

    SharedRing ring(long place, int capacity) {
        return ring(place, capacity, Delivery.TO_ONE);
    }

    SharedRing ring(long place, int capacity, Delivery delivery) {
        return region.ring(offset + place, capacity, delivery);
    }

    /// One that takes all of the channel.
    BroadcastRing broadcastRing(Broadcast.Size size) {
        return region.broadcastRing(offset, size.capacity(), size.subscribers(), size.whenSlow());
    }

    SharedByteRing byteRing(long place, int capacity) {
        return region.byteRing(offset + place, capacity);
    }

    EventCount eventCount(long place) {
        return region.eventCount(offset + place);
    }

    SharedCounter counter(long place) {
        return region.counter(offset + place);
    }

    SharedMutex mutex(long place) {
        return region.mutex(offset + place);
    }

    /// A part of it.
    MemorySegment part(long place, long bytes) {
        return region.data().asSlice(offset + place, bytes);
    }

    /// Of the whole region.
    MemorySegment data() {
        return region.data();
    }

    /// Takes a side.
    interface Taking<T> {
        T take() throws IOException;
    }

    /// Takes a side, unless the channel is closed, meanwhile too.
    <T> T take(Taking<T> taking) throws IOException {
        requireOpen();
        try {
            return taking.take();
        } catch (IllegalStateException e) {
            requireOpen(); // closed meanwhile
            throw e;
        }
    }

    /// Has a side closed when the channel is, unless it is forgotten before.
    <T extends AutoCloseable> T registered(T role, Runnable close) throws ClosedChannelException {
        roles.put(role, close);
        if (isClosed) { // meanwhile
            close.run();
            throw new ClosedChannelException();
        }
        return role;
    }

    void forget(AutoCloseable role) {
        var _ = roles.remove(role);
    }

    /// False once the channel is closed, or the region in which it is.
    boolean isOpen() {
        return !isClosed && region.data().scope().isAlive();
    }

    void requireOpen() throws IOException {
        if (isClosed) {
            throw new ClosedChannelException();
        }
        requireWhole();
    }

    /// As [SharedRegion#requireWhole].
    void requireWhole() throws IOException {
        region.requireWhole();
    }

    /// What an access ends with that failed.
    ///
    /// @param isOpen false if the side is closed that made it
    /// @throws IllegalStateException `e` itself if that is not the reason
    ClosedChannelException closed(IllegalStateException e, boolean isOpen) throws IOException {
        requireWhole();
        if (isOpen) {
            throw e;
        }
        var closed = new ClosedChannelException();
        closed.initCause(e);
        return closed;
    }

    /// Wakes who waits, after a message; of what was done before nothing is lost if the region is
    /// closed just now.
    ///
    /// @return true if somebody was asleep
    static boolean signal(EventCount event) {
        try {
            return event.signalAllLight();
        } catch (IllegalStateException _) {
            // Nobody of this process waits any more, and the others see that it has left.
            return false;
        }
    }

    /// Has all who wait look again, as after a side was given up.
    static void lookAgain(EventCount event) {
        try {
            event.signalAll();
        } catch (IllegalStateException _) {
            // As after a message.
        }
    }

    List<Participant> participants() {
        return region.participants();
    }

    void onDeath(Consumer<Participant> listener) {
        region.onDeath(listener);
    }

    Fd fd() {
        return region.fd();
    }

    /// Closes all sides that are open in this process, and the region if it is the channel's own.
    @Override
    public void close() {
        isClosed = true;
        try {
            roles.values().forEach(Runnable::run);
        } finally {
            if (isOwner) {
                region.close();
            }
        }
    }

    @Override
    public String toString() {
        return region.toString();
    }
}
