import module parley;

/// Hands a memory file to Python over a Unix socket: both then see the same memory, and nothing is
/// copied or left behind. See docs/memory.md.
void main() throws Exception {
    var name = "parley-example-" + ProcessHandle.current().pid();
    try (var listener = UnixSeqpacketListener.listen(UnixAddress.abstractName(name));
            var file = MemoryFile.create("example", 4096);
            var mapping = file.map(Protection.READ_WRITE);
            var arena = Arena.ofConfined()) {
        mapping.segment().setString(0, "written by Java");
        var python = new ProcessBuilder("python3", "-c", PYTHON, name).inheritIO().start();

        try (var socket = listener.accept()) {
            socket.sendMemory(file); // or, for any descriptors, send(…, List.of(Descriptors.of(…)))
            socket.receive(arena.allocate(10)); // Python has written
        }
        IO.println("Java reads: " + mapping.segment().getString(0));
        IO.println("sealed against shrinking: " + file.seals().contains(Seal.SHRINK));
        python.waitFor();
    }
}

static final String PYTHON =
        """
        import mmap, os, socket, sys
        java = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        java.connect("\\0" + sys.argv[1])
        message, fds, flags, address = socket.recv_fds(java, 100, 1)
        memory = mmap.mmap(fds[0], 0)
        print("Python reads:", memory[:memory.find(b"\\0")].decode(), flush=True)
        memory[:17] = b"written by Python"
        try:
            os.truncate(fds[0], 0)
        except PermissionError:
            print("Python cannot make it shorter", flush=True)
        java.send(b"done")
        """;
