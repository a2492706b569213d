import module parley;

/// An echo server with a virtual thread for each connection, and calls that wait. With a path it
/// serves there until Ctrl-C; without, a thousand clients that it starts itself. See
/// docs/servers.md.
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

/// Accepts as many as there are descriptors for; the others wait in the listener's queue.
void serve(UnixStreamListener listener) throws Exception {
    long descriptors = Limit.RLIMIT_NOFILE.value().orElseThrow();
    var places = new Semaphore((int) Math.min(10_000, descriptors - 100));
    while (true) {
        places.acquire();
        var connection = listener.accept();
        Thread.startVirtualThread(() -> {
            echo(connection);
            places.release();
        });
    }
}

/// Reads nothing while the client does not take its echo: a write waits until it does.
void echo(UnixStreamSocket connection) {
    try (connection;
            var arena = Arena.ofConfined()) {
        var buffer = arena.allocate(4096);
        for (int length = connection.read(buffer); length != Outcome.END; ) {
            connection.write(buffer.asSlice(0, length));
            length = connection.read(buffer);
        }
    } catch (IOException _) {
        // This client has vanished (EPIPE, ECONNRESET); the others do not notice.
    }
}
