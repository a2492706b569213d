import module parley;

/// Jobs for several workers; one is killed in the middle of its jobs, and another does them. See
/// docs/channels.md.
void main(String[] arguments) throws Exception {
    if (arguments.length > 0) {
        work(arguments[0]);
        return;
    }
    var name = "example-" + ProcessHandle.current().pid();
    try (var jobs = MessageChannel.create(name, MessageChannel.Size.DEFAULT.leased(4));
            var sender = jobs.sender();
            var careless = startAgain(name)) {
        for (int job = 0; job < JOBS; job++) {
            sender.send(("job " + job).getBytes());
        }
        var said = new BufferedReader(new InputStreamReader(careless.stdout().inputStream()));
        IO.println("a worker " + said.readLine());
        careless.kill();
        int again = 0;
        try (var receiver = jobs.receiver()) { // here it is this process that does them
            for (int done = 0; done < JOBS; done++) {
                var lease = receiver.lease().orElseThrow();
                again += lease.times() > 1 ? 1 : 0;
                lease.acknowledge();
            }
        }
        IO.println("all done, and %d of them had been the dead one's".formatted(again));
    } finally {
        MessageChannel.unlink(name);
    }
}

static final int JOBS = 10;

/// Takes three jobs, and never gets done with them.
void work(String name) throws Exception {
    try (var jobs = MessageChannel.open(name);
            var receiver = jobs.receiver()) {
        for (int i = 0; i < 3; i++) {
            var _ = receiver.lease().orElseThrow();
        }
        IO.println("has three");
        System.in.read(); // until it is killed
    }
}

ChildProcess startAgain(String name) throws Exception {
    var java = ProcessHandle.current().info().command().orElseThrow();
    return Spawn.command(java, "@examples/flags", "examples/WorkQueue.java", name)
            .stdin(Redirect.pipe())
            .stdout(Redirect.pipe())
            .start();
}
