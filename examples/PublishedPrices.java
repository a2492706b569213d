import module parley;

/// Publishes prices in memory that others see at once, and can neither change nor break: they need
/// not be trusted, nor be of the same user. See docs/shm.md.
void main(String[] arguments) throws Exception {
    if (arguments.length > 0) {
        look(arguments[0]);
        return;
    }
    var name = "parley-example-" + ProcessHandle.current().pid();
    try (var listener = UnixSeqpacketListener.listen(UnixAddress.abstractName(name));
            var region = SharedRegion.createAnonymous(LAYOUT, 4096);
            var arena = Arena.ofConfined()) {
        region.sealAgainstWriters(); // not even who is of this user
        try (var reader = startAgain(name);
                var socket = listener.accept()) {
            socket.sendMemory(MemoryFile.of(region.openReadOnly()));
            for (long price = 101; price <= 103; price++) {
                socket.receive(arena.allocate(8)); // it has seen the last one
                region.data().set(ValueLayout.JAVA_LONG, 8, price);
                region.futex(0).getAndAdd(1);
                region.futex(0).wakeAll();
            }
            socket.receive(arena.allocate(8));
            region.close();
            IO.print(new String(reader.stdout().inputStream().readAllBytes()));
        }
    }
}

static final long LAYOUT = 1; // how many prices there were at 0, the last one at 8

void look(String name) throws Exception {
    try (var socket = UnixSeqpacketSocket.connect(UnixAddress.abstractName(name));
            var view = RegionView.of(socket.receiveMemory().fd(), LAYOUT);
            var arena = Arena.ofConfined()) {
        var publisher = view.participants().getFirst();
        var price = arena.allocate(ValueLayout.JAVA_LONG);
        socket.send("ready".getBytes());
        for (int seen = 0; view.awaitChange(0, seen, publisher); seen++) {
            view.copy(8, price);
            IO.println("price " + price.get(ValueLayout.JAVA_LONG, 0));
            socket.send("seen".getBytes());
        }
        IO.println("the publisher has left; the view is read-only: " + view.data().isReadOnly());
    }
}

ChildProcess startAgain(String name) throws Exception {
    var java = ProcessHandle.current().info().command().orElseThrow();
    return Spawn.command(java, "@examples/flags", "examples/PublishedPrices.java", name)
            .stdout(Redirect.pipe())
            .start();
}
