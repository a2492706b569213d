import module parley;

/// An echo server of one thread, which waits for all connections at once and then makes only calls
/// that do not wait. With a path it serves there until Ctrl-C, by a Waiter or the way that is named
/// behind it; without, clients that it starts itself, once each way. See docs/servers.md.
void main(String[] arguments) throws Exception {
    if (arguments.length > 0) {
        var way = arguments.length > 1 ? arguments[1] : "waiter";
        serve(Path.of(arguments[0]), way, 0);
        return;
    }
    var folder = Files.createTempDirectory("parley-example-");
    folder.toFile().deleteOnExit();
    serve(folder.resolve("waiter"), "waiter", 1000);
    serve(folder.resolve("epoll"), "epoll", 1000);
    serve(folder.resolve("poll"), "poll", 1000);
    serve(folder.resolve("select"), "select", 900); // has no room for more
}

void serve(Path path, String name, int clients) throws Exception {
    try (var way = way(name);
            var listener = UnixStreamListener.listen(UnixAddress.path(path))) {
        path.toFile().deleteOnExit(); // also after Ctrl-C, and SIGTERM
        IO.println(name + " on " + listener);
        new Server(listener, way).serve(clients);
    }
}

Way way(String name) throws IOException {
    return switch (name) {
        case "waiter" -> new WithWaiter();
        case "epoll" -> new WithEpoll();
        case "poll" -> new WithPoll();
        case "select" -> new WithSelect();
        default -> throw new IllegalArgumentException("not waiter, epoll, poll, select: " + name);
    };
}

/// Is called when its descriptor is ready for what it is watched for, or has an error to tell.
interface Handler {
    void ready() throws IOException;
}

/// What all ways have in common.
interface Way extends AutoCloseable {
    void watch(Fd fd, Interest interest, Handler handler) throws IOException;

    void change(Fd fd, Interest interest) throws IOException;

    /// Ends watching; the descriptor is still open.
    void forget(Fd fd) throws IOException;

    /// Waits, and calls the handlers of those that are ready.
    void await() throws IOException, InterruptedException;

    /// How many descriptors of this process it can watch.
    default long descriptorsMax() {
        return Limit.RLIMIT_NOFILE.value().orElseThrow();
    }

    default void close() {}
}

/// One list for descriptors, futex words and deadlines; here of descriptors only.
class WithWaiter implements Way {
    final Waiter<Handler> waiter = Waiter.create();
    final Map<Fd, Waiter.Entry<Handler>> entries = new HashMap<>();

    WithWaiter() throws IOException {}

    public void watch(Fd fd, Interest interest, Handler handler) throws IOException {
        entries.put(fd, waiter.add(fd, interest, handler));
    }

    public void change(Fd fd, Interest interest) throws IOException {
        entries.get(fd).modify(interest);
    }

    public void forget(Fd fd) throws IOException {
        entries.remove(fd).cancel();
    }

    public void await() throws IOException, InterruptedException {
        for (var entry : waiter.await()) {
            entry.attachment().ready();
        }
    }

    public void close() {
        waiter.close();
    }
}

/// The kernel keeps the list, and tells of the ready ones only.
class WithEpoll implements Way {
    final Epoll<Handler> epoll = Epoll.create();
    final ReadyEvents<Handler> events = epoll.events(64);

    WithEpoll() throws IOException {}

    public void watch(Fd fd, Interest interest, Handler handler) throws IOException {
        epoll.add(fd, interest, handler);
    }

    public void change(Fd fd, Interest interest) throws IOException {
        epoll.modify(fd, interest, Epoll.Mode.LEVEL);
    }

    public void forget(Fd fd) throws IOException {
        epoll.remove(fd);
    }

    public void await() throws IOException, InterruptedException {
        int count = epoll.await(events);
        for (int i = 0; i < count; i++) {
            events.attachment(i).ready();
        }
    }

    public void close() {
        epoll.close();
    }
}

/// The list goes to the kernel for each wait, and is searched afterwards.
class WithPoll implements Way {
    final Poll poll = new Poll();
    final Map<Fd, Integer> indexes = new HashMap<>();
    final Map<Fd, Handler> handlers = new HashMap<>();

    public void watch(Fd fd, Interest interest, Handler handler) {
        indexes.put(fd, poll.add(fd, interest));
        handlers.put(fd, handler);
    }

    public void change(Fd fd, Interest interest) {
        poll.modify(indexes.get(fd), interest);
    }

    public void forget(Fd fd) {
        poll.remove(indexes.remove(fd));
        handlers.remove(fd);
    }

    public void await() throws IOException, InterruptedException {
        poll.await();
        for (int i = poll.nextReady(0); i >= 0; i = poll.nextReady(i + 1)) {
            handlers.get(poll.fd(i)).ready();
        }
    }
}

/// The same with sets of bits, which end at number 1023, whatever RLIMIT_NOFILE allows.
class WithSelect implements Way {
    final Select select = new Select();
    final Map<Fd, Handler> handlers = new HashMap<>();

    public void watch(Fd fd, Interest interest, Handler handler) {
        select.set(fd, interest);
        handlers.put(fd, handler);
    }

    public void change(Fd fd, Interest interest) {
        select.set(fd, interest);
    }

    public void forget(Fd fd) {
        select.clear(fd);
        handlers.remove(fd);
    }

    public void await() throws IOException, InterruptedException {
        select.await();
        for (var fd : List.copyOf(handlers.keySet())) { // handlers may add to them
            if (!select.ready(fd).isEmpty()) {
                handlers.get(fd).ready();
            }
        }
    }

    public long descriptorsMax() {
        return Math.min(Select.NUMBERS, Way.super.descriptorsMax());
    }
}

/// The listener and its connections.
class Server {
    final UnixStreamListener listener;
    final Way way;
    final long connectionsMax;
    long connections;
    boolean isServing = true;

    Server(UnixStreamListener listener, Way way) {
        this.listener = listener;
        this.way = way;
        this.connectionsMax = Math.min(10_000, way.descriptorsMax() - 100);
    }

    /// Without clients of our own, for ever.
    void serve(int clients) throws IOException, InterruptedException {
        way.watch(listener.fd(), Interest.READ, this::accept);
        if (clients > 0) {
            // A process is a descriptor too, which is ready to read when the process has ended.
            var path = listener.localAddress().toString();
            var python = Spawn.command("python3", "examples/echo_clients.py", path, "" + clients);
            try (var child = python.start()) {
                way.watch(child.pidFd().fd(), Interest.READ, () -> isServing = false);
                loop();
            }
        }
        loop();
    }

    void loop() throws IOException, InterruptedException {
        while (isServing) {
            way.await();
        }
    }

    void accept() throws IOException {
        while (connections < connectionsMax) {
            var connection = listener.tryAccept();
            if (connection.isEmpty()) {
                return;
            }
            new Connection(this, connection.get());
            connections++;
        }
        way.change(listener.fd(), Interest.NONE); // the others wait in its queue
    }

    void ended(Connection connection) throws IOException {
        way.forget(connection.socket.fd());
        connection.socket.close();
        connections--;
        way.change(listener.fd(), Interest.READ);
    }
}

/// One client and what it is still to be sent: a buffer, and never more.
class Connection implements Handler {
    final Server server;
    final UnixStreamSocket socket;
    final Arena arena = Arena.ofConfined();
    final MemorySegment buffer = arena.allocate(4096);
    MemorySegment unwritten = MemorySegment.NULL;
    Interest interest = Interest.READ;

    Connection(Server server, UnixStreamSocket socket) throws IOException {
        this.server = server;
        this.socket = socket;
        server.way.watch(socket.fd(), interest, this);
    }

    public void ready() throws IOException {
        try {
            if (unwritten.byteSize() > 0 || read()) {
                write();
                return;
            }
        } catch (IOException _) {
            // This client has vanished (EPIPE, ECONNRESET); the others do not notice.
        }
        server.ended(this);
        arena.close();
    }

    /// False at the end.
    boolean read() throws IOException {
        int length = socket.tryRead(buffer);
        unwritten = buffer.asSlice(0, Math.max(length, 0));
        return length != Outcome.END;
    }

    /// While something is left to write, nothing more is read.
    void write() throws IOException {
        unwritten = unwritten.asSlice(socket.tryWrite(unwritten));
        var next = unwritten.byteSize() > 0 ? Interest.WRITE : Interest.READ;
        if (next != interest) {
            interest = next;
            server.way.change(socket.fd(), next);
        }
    }
}
