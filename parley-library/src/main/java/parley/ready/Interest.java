package parley.ready;

import java.util.StringJoiner;
import parley.kernel.SysEpoll;

/// What a descriptor is waited for, and what was found: a set of conditions, the same for [Epoll],
/// [Poll] and [Select]. See poll(2), epoll_ctl(2).
///
/// Immutable. There is one instance per combination, so that combining and asking allocates nothing
/// and `==` compares.
public final class Interest {
    private static final int RDHUP_BIT = 1 << 6; // in the index: here the others leave a gap
    private static final int POLLNVAL = parley.kernel.Poll.POLLNVAL; // epoll has none
    private static final int ALL_INDEX = (1 << 7) - 1;
    private static final Interest[] BY_INDEX = byIndex();

    /// Nothing; for a registration that only wants to hear of errors and hang-up.
    public static final Interest NONE = of(0);

    /// Something can be read or accepted, or the end of the stream is there to be read: `POLLIN`,
    /// `EPOLLIN`.
    public static final Interest READ = of(SysEpoll.EPOLLIN);

    /// There is room to write, or the connection is made: `POLLOUT`, `EPOLLOUT`.
    public static final Interest WRITE = of(SysEpoll.EPOLLOUT);

    /// Something exceptional: out-of-band data of a TCP socket, a changed file of `/proc`:
    /// `POLLPRI`, `EPOLLPRI`, the third set of select(2).
    public static final Interest URGENT = of(SysEpoll.EPOLLPRI);

    /// The peer of a stream socket has closed, or shut down its writing side; what it wrote before
    /// may still be there to be read: `POLLRDHUP`, `EPOLLRDHUP`.
    public static final Interest PEER_FINISHED = of(SysEpoll.EPOLLRDHUP);

    /// An error is pending, or the read end of a pipe is closed: `POLLERR`, `EPOLLERR`. Reported
    /// whether asked for or not.
    public static final Interest ERROR = of(SysEpoll.EPOLLERR);

    /// The peer has closed both ways, or the last writer of a pipe is gone: `POLLHUP`, `EPOLLHUP`.
    /// What was sent before may still be there to be read. Reported whether asked for or not.
    public static final Interest HANG_UP = of(SysEpoll.EPOLLHUP);

    /// The descriptor is closed: `POLLNVAL`. Only reported, and only by [Poll].
    public static final Interest INVALID = of(POLLNVAL);

    private final int events;

    private Interest(int events) {
        this.events = events;
    }

    private static Interest[] byIndex() {
        var all = new Interest[ALL_INDEX + 1];
        for (int index = 0; index <= ALL_INDEX; index++) {
            int events = index & ~RDHUP_BIT;
            all[index] =
                    new Interest((index & RDHUP_BIT) == 0 ? events : events | SysEpoll.EPOLLRDHUP);
        }
        return all;
    }

    /// The set of the kernel's bits, which poll and epoll share; bits of no condition here are
    /// dropped.
    static Interest of(int events) {
        int rdhup = (events & SysEpoll.EPOLLRDHUP) == 0 ? 0 : RDHUP_BIT;
        return BY_INDEX[(events & (RDHUP_BIT - 1)) | rdhup];
    }

    /// The kernel's bits.
    int events() {
        return events;
    }

    /// The conditions of both.
    public Interest and(Interest other) {
        return of(events | other.events);
    }

    /// The conditions of this that are not of `other`.
    public Interest without(Interest other) {
        return of(events & ~other.events);
    }

    /// True if all conditions of `other` are among these.
    public boolean contains(Interest other) {
        return (events & other.events) == other.events;
    }

    /// True if some condition of `other` is among these.
    public boolean containsAnyOf(Interest other) {
        return (events & other.events) != 0;
    }

    /// True for [#NONE].
    public boolean isEmpty() {
        return events == 0;
    }

    /// What can be asked for: everything but [#INVALID].
    Interest requireRequestable() {
        if (contains(INVALID)) {
            throw new IllegalArgumentException("INVALID is reported, it cannot be waited for");
        }
        return this;
    }

    /// The names of the conditions: `READ+HANG_UP`.
    @Override
    public String toString() {
        var names = new StringJoiner("+").setEmptyValue("NONE");
        addTo(names, READ, "READ");
        addTo(names, WRITE, "WRITE");
        addTo(names, URGENT, "URGENT");
        addTo(names, PEER_FINISHED, "PEER_FINISHED");
        addTo(names, ERROR, "ERROR");
        addTo(names, HANG_UP, "HANG_UP");
        addTo(names, INVALID, "INVALID");
        return names.toString();
    }

    private void addTo(StringJoiner names, Interest condition, String name) {
        if (contains(condition)) {
            names.add(name);
        }
    }
}
