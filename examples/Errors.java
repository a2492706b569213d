import module parley;

/// Five refusals and what they say. See docs/errors.md.
void main() throws Exception {
    var folder = Files.createTempDirectory("parley-example-");
    var socket = UnixAddress.path(folder.resolve("server.sock"));
    UnixStreamListener.listen(socket).close(); // the file stays, as after a crash
    NamedPipe.create(folder.resolve("fifo"));
    try {
        print(() -> UnixStreamSocket.connect(socket));
        print(() -> NamedPipe.create(folder.resolve("fifo")));
        print(() -> SysvMessageQueue.open(IpcKey.of(0x7a11)));
        print(() -> SysvSemaphoreSet.createPrivate(new int[100_000]));
        var size = new PosixMessageQueue.Size(100_000, 8192);
        print(() -> PosixMessageQueue.create("/parley-example", size, FileMode.OWNER_ONLY));
    } finally {
        UnixStreamListener.unlink(folder.resolve("server.sock"));
        NamedPipe.unlink(folder.resolve("fifo"));
        Files.delete(folder);
    }
}

void print(Callable<?> call) throws Exception {
    try {
        call.call();
    } catch (OsException e) {
        IO.println(e.getClass().getSimpleName() + ": " + e.getMessage());
    }
}
