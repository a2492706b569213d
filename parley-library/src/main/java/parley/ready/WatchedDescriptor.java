package parley.ready;

import parley.os.Fd;
import parley.os.Lifetime;

/// A descriptor that the poller watches for virtual threads: from the first that had to wait until
/// it is closed.
final class WatchedDescriptor implements Lifetime.Waiter {
    private final Poller poller;
    private final Fd fd;
    private final long token;
    private final Direction read = new Direction();
    private final Direction write = new Direction();

    WatchedDescriptor(Poller poller, Fd fd, long token) {
        this.poller = poller;
        this.fd = fd;
        this.token = token;
    }

    Fd fd() {
        return fd;
    }

    /// What the kernel reports it by; never used again for another.
    long token() {
        return token;
    }

    Direction direction(Interest interest) {
        boolean isWrite = interest.contains(Interest.WRITE);
        if (isWrite && interest != Interest.WRITE) {
            throw new IllegalArgumentException("one direction at a time, not " + interest);
        }
        return isWrite ? write : read;
    }

    /// The descriptor is closed, but its number still open, so that it can be taken off.
    @Override
    public void wake() {
        poller.remove(this);
        read.close();
        write.close();
    }
}
