import module parley;

/// A pool that several processes take from, all of whose things come back when one is killed: a
/// semaphore whose permits are the things' numbers, and an event count that tells of news. See
/// docs/shm.md.
void main(String[] arguments) throws Exception {
    if (arguments.length > 0) {
        takeTwo(arguments[0]);
        return;
    }
    var name = "example-" + ProcessHandle.current().pid();
    try (var region = SharedRegion.create(name, LAYOUT, 4096);
            var child = startAgain(name)) {
        var pool = region.semaphore(POOL, 3);
        var taken = region.counter(TAKEN);
        region.eventCount(NEWS).awaitUntil(() -> taken.get() == 2);
        IO.println("the child has two, left: " + pool.availablePermits());
        int ours = pool.acquire();
        IO.println("one more for us: " + pool.tryAcquire(Duration.ofMillis(10)));
        child.kill();
        int another = pool.acquire(); // of the dead
        IO.println("the child is dead, left: " + pool.availablePermits());
        pool.release(another);
        pool.release(ours);
        IO.println("all are back: " + pool.availablePermits());
    } finally {
        SharedRegion.unlink(name);
    }
}

static final long LAYOUT = 2;
static final long NEWS = 0; // an event count
static final long TAKEN = 8; // a counter
static final long POOL = 64; // a semaphore

void takeTwo(String name) throws Exception {
    try (var region = SharedRegion.open(name, LAYOUT)) {
        var pool = region.semaphore(POOL, 3);
        for (int i = 0; i < 2; i++) {
            pool.acquire();
            region.counter(TAKEN).increment();
            region.eventCount(NEWS).signalAll();
        }
        System.in.read(); // until it is killed
    }
}

ChildProcess startAgain(String name) throws Exception {
    var java = ProcessHandle.current().info().command().orElseThrow();
    return Spawn.command(java, "@examples/flags", "examples/SharedPool.java", name)
            .stdin(Redirect.pipe())
            .start();
}
