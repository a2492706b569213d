package parley.ready;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import parley.kernel.Pool;
import parley.kernel.SysEventfd;
import parley.kernel.Unistd;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;

/// A counter in the kernel that is waited for as a descriptor: threads and processes add to it, and
/// take what was added. See eventfd(2).
///
/// As a counter, taking gives the whole sum and sets it to 0; as a semaphore, taking gives 1 and
/// leaves the rest. It is ready to read while it is above 0, ready to write while 1 can be added.
/// Sums are unsigned 64-bit numbers, at most [#MAX]. Safe for many threads; the descriptor may be
/// handed to other processes, and waits as a plain one does there.
public final class EventFd implements AutoCloseable {
    /// The most it can hold, 2^64 - 2, as an unsigned number.
    public static final long MAX = -2;

    /// What [#tryTake] and [#take(Duration)] return if there was nothing: no sum is 0.
    public static final long NOTHING = 0;

    private static final long INITIAL_MAX = 0xFFFF_FFFFL;
    private static final int HEXADECIMAL = 16;
    private static final String COUNT = "eventfd-count:";

    private final Fd fd;
    private final String address;
    private final Pool<WordBuffer> buffers = WordBuffer.newPool();

    private EventFd(Fd fd) {
        this.fd = fd;
        this.address = "eventfd:" + ProcessHandle.current().pid() + "/" + fd.number();
    }

    /// Creates a counter of 0. It does not pass to child processes unless handed over.
    ///
    /// @throws OsException `EMFILE`, `ENFILE` at a limit of descriptors
    public static EventFd create() throws OsException {
        return create(0);
    }

    /// Creates a counter.
    ///
    /// @param initial 0 to 2^32 - 1
    /// @throws OsException `EMFILE`, `ENFILE` at a limit of descriptors
    public static EventFd create(long initial) throws OsException {
        return create(initial, 0);
    }

    /// Creates a semaphore.
    ///
    /// @param initial 0 to 2^32 - 1
    /// @throws OsException `EMFILE`, `ENFILE` at a limit of descriptors
    public static EventFd createSemaphore(long initial) throws OsException {
        return create(initial, SysEventfd.EFD_SEMAPHORE);
    }

    private static EventFd create(long initial, int flags) throws OsException {
        if (initial < 0 || initial > INITIAL_MAX) {
            throw new IllegalArgumentException("not in 0.." + INITIAL_MAX + ": " + initial);
        }
        int r = SysEventfd.eventfd((int) initial, flags | SysEventfd.EFD_CLOEXEC);
        return new EventFd(Fd.of("eventfd", "", r));
    }

    /// An eventfd that this process got as a descriptor: inherited, or received over a Unix socket.
    /// It is owned from now on.
    public static EventFd of(Fd fd) {
        return new EventFd(fd);
    }

    /// The descriptor, which this owns.
    public Fd fd() {
        return fd;
    }

    /// Adds a number, waiting while the sum would be above [#MAX].
    ///
    /// @param number unsigned; all but 2^64 - 1 (-1)
    /// @throws java.nio.channels.ClosedChannelException if this is closed, meanwhile too
    public void add(long number) throws IOException, InterruptedException {
        boolean _ = add(number, Deadline.NEVER); // true: for ever is long enough
    }

    /// Adds a number if the sum is not above [#MAX] then; never waits.
    ///
    /// @param number unsigned; all but 2^64 - 1 (-1)
    /// @return false if it would be
    public boolean tryAdd(long number) throws IOException {
        requireNumber(number);
        if (isMoreThanOne(number) && Long.compareUnsigned(MAX - value(), number) < 0) {
            return false;
        }
        var buffer = buffers.acquire();
        try {
            buffer.set(number);
            return isAdded(Readiness.attempt(fd, buffer.write, buffer.word(), 0));
        } finally {
            buffers.release(buffer);
        }
    }

    /// Adds a number, waiting at most `timeout` while the sum would be above [#MAX].
    ///
    /// @param number unsigned; all but 2^64 - 1 (-1)
    /// @return false if it would have been all the time
    public boolean add(long number, Duration timeout) throws IOException, InterruptedException {
        return add(number, Deadline.after(timeout));
    }

    private boolean add(long number, Deadline deadline) throws IOException, InterruptedException {
        requireNumber(number);
        var buffer = buffers.acquire();
        try {
            buffer.set(number);
            if (isMoreThanOne(number)) {
                return isAdded(writeBlocking(buffer, deadline));
            }
            var write = Interest.WRITE;
            var word = buffer.word();
            return isAdded(Readiness.await(fd, write, deadline, buffer.write, word, 0));
        } finally {
            buffers.release(buffer);
        }
    }

    /// For more than 1, being ready to write says too little.
    private long writeBlocking(WordBuffer buffer, Deadline deadline)
            throws IOException, InterruptedException {
        int number = fd.enter();
        try {
            var word = buffer.word();
            return Blocking.call(fd.lifetime(), deadline, () -> Unistd.write(number, word));
        } finally {
            fd.exit();
        }
    }

    private static boolean isMoreThanOne(long number) {
        return Long.compareUnsigned(number, 1) > 0;
    }

    private static void requireNumber(long number) {
        if (number == -1) {
            throw new IllegalArgumentException("2^64 - 1 cannot be added, at most 2^64 - 2");
        }
    }

    private boolean isAdded(long r) throws OsException {
        boolean isFull = Errno.EAGAIN.is(r) || Errno.ETIMEDOUT.is(r);
        return !isFull && OsException.check("write", address, r) > 0;
    }

    /// Takes the sum, of a semaphore 1, waiting while there is nothing.
    ///
    /// @return unsigned, not 0
    /// @throws java.nio.channels.ClosedChannelException if this is closed, meanwhile too
    public long take() throws IOException, InterruptedException {
        return take(Deadline.NEVER);
    }

    /// Takes the sum, of a semaphore 1, if there is something; never waits.
    ///
    /// @return unsigned, [#NOTHING] if there is nothing
    public long tryTake() throws IOException {
        var buffer = buffers.acquire();
        try {
            return taken(buffer, Readiness.attempt(fd, buffer.read, buffer.word(), 0));
        } finally {
            buffers.release(buffer);
        }
    }

    /// Takes the sum, of a semaphore 1, waiting at most `timeout`.
    ///
    /// @return unsigned, [#NOTHING] if nothing came in time
    public long take(Duration timeout) throws IOException, InterruptedException {
        return take(Deadline.after(timeout));
    }

    private long take(Deadline deadline) throws IOException, InterruptedException {
        var buffer = buffers.acquire();
        try {
            var read = Interest.READ;
            var word = buffer.word();
            return taken(buffer, Readiness.await(fd, read, deadline, buffer.read, word, 0));
        } finally {
            buffers.release(buffer);
        }
    }

    private long taken(WordBuffer buffer, long r) throws OsException {
        if (Errno.EAGAIN.is(r)) {
            return NOTHING;
        }
        OsException.check("read", address, r);
        return buffer.get();
    }

    /// What is in it now, without taking it: unsigned. For looking at only, it may have changed.
    public long value() throws IOException {
        int number = fd.enter();
        try {
            var file = Path.of("/proc/self/fdinfo/" + number);
            for (var line : Files.readAllLines(file, StandardCharsets.US_ASCII)) {
                if (line.startsWith(COUNT)) {
                    var digits = line.substring(COUNT.length()).strip();
                    return Long.parseUnsignedLong(digits, HEXADECIMAL);
                }
            }
            throw new IOException(fd + " is not an eventfd: " + file + " has no " + COUNT);
        } finally {
            fd.exit();
        }
    }

    /// As an address: `eventfd:PID/FD`.
    public String address() {
        return address;
    }

    /// True until [#close].
    public boolean isOpen() {
        return fd.isOpen();
    }

    /// Closes this descriptor; the counter stays while others have it. Waits in other threads end
    /// with `AsynchronousCloseException`.
    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return address;
    }
}
