package parley.channel;

import java.io.IOException;
import parley.os.AlreadyExistsException;
import parley.os.Fd;
import parley.os.NotFoundException;
import parley.shm.BadRegionException;
import parley.shm.SharedRegion;

/// How channels of one kind are made and found, under a name or without one.
///
/// @param <L> says where things are in one
/// @param <C> the channel
/// @param reading what the number in the header of a region says
/// @param making the object
record ChannelFormat<L extends ChannelFormat.Layout, C>(Reading<L> reading, Making<L, C> making) {
    /// Where things are in a channel; all of it follows from a number of 64 bits.
    interface Layout {
        /// As [ChannelKind#number].
        long number();

        /// What it takes in memory.
        long bytes();
    }

    /// Finds out where things are.
    interface Reading<L> {
        /// Reads it.
        ///
        /// @throws IllegalArgumentException if no channel can be like that
        /// @throws BadRegionException if it is another kind, or version
        L read(long number, String object) throws BadRegionException;
    }

    /// Makes the object for a channel.
    interface Making<L, C> {
        /// Makes it.
        ///
        /// @throws IllegalArgumentException if what is in memory has another size
        C make(ChannelMemory memory, L layout) throws IOException;
    }

    C create(String name, L layout) throws IOException {
        return owning(SharedRegion.create(name, layout.number(), layout.bytes()), layout);
    }

    C open(String name) throws IOException {
        var layout = read(SharedRegion.layout(name), name);
        return owning(SharedRegion.open(name, layout.number()), layout);
    }

    C openOrCreate(String name, L layout) throws IOException {
        while (true) {
            try {
                return open(name);
            } catch (NotFoundException _) {
                // Make it then.
            }
            try {
                return create(name, layout);
            } catch (AlreadyExistsException _) {
                // Somebody was faster.
            }
        }
    }

    C openOrReplace(String name, L layout) throws IOException {
        try {
            var _ = read(SharedRegion.layout(name), name); // or it is none of ours to remove
            boolean _ = SharedRegion.removeAbandoned(name);
        } catch (NotFoundException _) {
            // Then there is none to be replaced.
        }
        return openOrCreate(name, layout);
    }

    C createAnonymous(L layout) throws IOException {
        return owning(SharedRegion.createAnonymous(layout.number(), layout.bytes()), layout);
    }

    /// @param fd owned from now on, also if it is refused
    C of(Fd fd) throws IOException {
        boolean isRead = false;
        L layout;
        try {
            layout = read(SharedRegion.layout(fd), fd.toString());
            isRead = true;
        } finally {
            if (!isRead) {
                fd.close();
            }
        }
        return owning(SharedRegion.of(fd, layout.number()), layout);
    }

    /// @throws BadRegionException if it is another kind
    void unlink(String name) throws IOException {
        var _ = read(SharedRegion.layout(name), name);
        SharedRegion.unlink(name);
    }

    private L read(long number, String object) throws IOException {
        try {
            return reading.read(number, object);
        } catch (IllegalArgumentException e) {
            throw new BadRegionException(object + ": " + e.getMessage());
        }
    }

    private C owning(SharedRegion region, L layout) throws IOException {
        boolean isMade = false;
        try {
            if (region.data().byteSize() < layout.bytes()) {
                throw new BadRegionException(region + ": it is too small for what it says it is");
            }
            var channel = making.make(new ChannelMemory(region, true, 0), layout);
            isMade = true;
            return channel;
        } catch (IllegalArgumentException e) {
            throw new BadRegionException(region + ": " + e.getMessage());
        } finally {
            if (!isMade) {
                region.close();
            }
        }
    }
}
