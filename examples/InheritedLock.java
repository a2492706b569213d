import module parley;

/// A lock that outlives its owner: a process takes it, changes half of what it guards, and is
/// killed. The next owner is told, repairs it, and goes on. See docs/shm.md.
void main(String[] arguments) throws Exception {
    if (arguments.length > 0) {
        breakDown(arguments[0]);
    }
    var name = "example-" + ProcessHandle.current().pid();
    try (var region = SharedRegion.create(name, LAYOUT, 128)) {
        try (var child = startAgain(name)) {
            var death = new CompletableFuture<SharedRegion.Participant>();
            region.onDeath(death::complete);
            var accounts = region.data().asSlice(SharedMutex.BYTES);
            accounts.set(ValueLayout.JAVA_LONG, 0, 100); // the sum of both
            child.stdin().outputStream().write('\n');
            child.stdout().inputStream().read(); // it has the lock, and is in the middle
            child.kill();
            IO.println("the child has died: " + (death.get().pid() == child.pid()));
            var lock = region.mutex(0);
            if (lock.lock() == SharedMutex.Acquired.OWNER_DIED) {
                IO.println("half changed: " + accounts(accounts));
                accounts.set(
                        ValueLayout.JAVA_LONG, 8, 100 - accounts.get(ValueLayout.JAVA_LONG, 0));
                lock.markConsistent();
                IO.println("repaired:     " + accounts(accounts));
            }
            lock.unlock();
        }
    } finally {
        SharedRegion.unlink(name);
    }
}

static final long LAYOUT = 1; // a lock at 0, two accounts at 64 and 72

void breakDown(String name) throws Exception {
    try (var region = SharedRegion.open(name, LAYOUT)) {
        System.in.read();
        region.mutex(0).lock();
        var accounts = region.data().asSlice(SharedMutex.BYTES);
        accounts.set(ValueLayout.JAVA_LONG, 0, accounts.get(ValueLayout.JAVA_LONG, 0) - 30);
        IO.println("in the middle");
        System.in.read(); // until it is killed
    }
}

ChildProcess startAgain(String name) throws Exception {
    var java = ProcessHandle.current().info().command().orElseThrow();
    return Spawn.command(java, "@examples/flags", "examples/InheritedLock.java", name)
            .stdin(Redirect.pipe())
            .stdout(Redirect.pipe())
            .start();
}

String accounts(MemorySegment accounts) {
    long first = accounts.get(ValueLayout.JAVA_LONG, 0);
    return first + " + " + accounts.get(ValueLayout.JAVA_LONG, 8);
}
