package parley.ready;

import java.io.IOException;
import parley.os.Fd;
import parley.os.Lifetime;

/// A descriptor watched by an [Epoll]: what for, how, and the object that events are reported with.
///
/// It holds a use of its descriptor, so that the number is not reused while it is registered, and
/// ends when the descriptor is closed. Safe for many threads.
///
/// @param <A> the attachment's type
public final class Registration<A> {
    private final Epoll<A> epoll;
    private final Fd fd;
    private final A attachment;
    private final long token;
    final Lifetime.Waiter closer = this::endBecauseClosed;

    private volatile Interest interest;
    private volatile Epoll.Mode mode;
    private volatile boolean isActive = true;

    Registration(
            Epoll<A> epoll, Fd fd, Interest interest, Epoll.Mode mode, A attachment, long token) {
        this.epoll = epoll;
        this.fd = fd;
        this.interest = interest;
        this.mode = mode;
        this.attachment = attachment;
        this.token = token;
    }

    /// The watched descriptor.
    public Fd fd() {
        return fd;
    }

    /// What events are reported with.
    public A attachment() {
        return attachment;
    }

    /// What it is watched for.
    public Interest interest() {
        return interest;
    }

    /// How it is reported.
    public Epoll.Mode mode() {
        return mode;
    }

    /// False once it was removed, or the descriptor or the epoll instance was closed.
    public boolean isActive() {
        return isActive;
    }

    /// Watches for something else; a one-shot registration is armed again.
    ///
    /// @throws IllegalStateException if it is exclusive: epoll_ctl(2) does not change those
    /// @throws parley.os.NotFoundException if it is not active any more
    public void modify(Interest interest) throws IOException {
        epoll.modify(this, interest, mode);
    }

    /// Watches for something else in another mode; a one-shot registration is armed again.
    ///
    /// @throws IllegalArgumentException if `mode` is exclusive, which can only be added
    /// @throws IllegalStateException if it is exclusive: epoll_ctl(2) does not change those
    /// @throws parley.os.NotFoundException if it is not active any more
    public void modify(Interest interest, Epoll.Mode mode) throws IOException {
        epoll.modify(this, interest, mode);
    }

    /// Arms a one-shot registration again, for the same. In the other modes it makes the kernel
    /// look again, and report what is ready now once more.
    ///
    /// @throws IllegalStateException if it is exclusive
    /// @throws parley.os.NotFoundException if it is not active any more
    public void rearm() throws IOException {
        epoll.modify(this, interest, mode);
    }

    /// Ends it; nothing is reported for it from now on. More calls do nothing. Events that a wait
    /// has already put into a [ReadyEvents] stay there.
    public void remove() throws IOException {
        epoll.remove(this);
    }

    long token() {
        return token;
    }

    void changed(Interest newInterest, Epoll.Mode newMode) {
        interest = newInterest;
        mode = newMode;
    }

    /// Leaves the descriptor. Once, by whoever took this out of the table.
    void ended() {
        isActive = false;
        fd.lifetime().remove(closer);
        fd.exit();
    }

    private void endBecauseClosed() {
        epoll.descriptorClosed(this);
    }

    @Override
    public String toString() {
        return fd + " for " + interest + ", " + mode;
    }
}
