import module parley;

/// An echo server that knows nothing of echoing: as inetd does, it hands each connection to a
/// process, `cat`. With a path it serves there until Ctrl-C; without, a thousand clients that it
/// starts itself. See docs/servers.md.
void main(String[] arguments) throws Exception {
    var path =
            arguments.length > 0
                    ? Path.of(arguments[0])
                    : Files.createTempDirectory("parley-example-").resolve("echo");
    try (var listener = UnixStreamListener.listen(UnixAddress.path(path))) {
        if (arguments.length == 0) {
            path.getParent().toFile().deleteOnExit();
            Spawn.command("python3", "examples/echo_clients.py", path.toString(), "1000")
                    .start()
                    .onExit()
                    .thenRun(listener::close);
        }
        path.toFile().deleteOnExit(); // also after Ctrl-C, and SIGTERM
        IO.println("listening on " + listener);
        serve(listener);
    } catch (AsynchronousCloseException _) {
        // The clients have ended.
    }
}

/// Accepts as many as there are descriptors for (one holds on to each child); the others wait in
/// the listener's queue.
void serve(UnixStreamListener listener) throws Exception {
    long descriptors = Limit.RLIMIT_NOFILE.value().orElseThrow();
    var places = new Semaphore((int) Math.min(10_000, descriptors - 100));
    while (true) {
        places.acquire();
        try (var connection = listener.accept();
                var child = serving(connection)) { // both go on in the child, which is let go of
            child.onExit().thenRun(places::release);
        } catch (LimitReachedException refusal) { // of processes; this client finds the end
            System.err.println(refusal.getMessage());
            places.release();
        }
    }
}

/// No zombie stays of it, whether anybody asks for its end or not.
ChildProcess serving(UnixStreamSocket connection) throws Exception {
    var socket = Redirect.descriptor(connection.fd());
    return Spawn.command("cat")
            .stdin(socket)
            .stdout(socket)
            .stderr(Redirect.nothing()) // cat complains of clients that vanish
            .start();
}
