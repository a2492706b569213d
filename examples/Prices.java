import module parley;

/// A child serves prices. It is asked for one, for what it does not have, for all of them in parts,
/// by a thousand threads at once, and killed while it works. See docs/requests.md.
void main(String[] arguments) throws Exception {
    if (arguments.length > 0) {
        serve(arguments[0]);
        return;
    }
    var name = "example-" + ProcessHandle.current().pid();
    try (var channel = RequestChannel.create(name, RequestChannel.Size.DEFAULT);
            var client = channel.client().whenAlone(WhenAlone.END);
            var child = startAgain(name)) {
        IO.println("ACME costs " + ask(client, "ACME"));
        try {
            IO.println(ask(client, "NONE"));
        } catch (RequestFailedException e) {
            IO.println("unknown: " + e.getMessage());
        }
        try (var replies = client.stream("all".getBytes())) {
            int parts = 0;
            while (replies.next().isPresent()) {
                parts++;
            }
            IO.println("all: " + parts + " parts");
        }
        var sum = new LongAdder();
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CALLERS; i++) {
                callers.submit(() -> {
                    sum.add(Integer.parseInt(ask(client, "ACME")));
                    return sum;
                });
            }
        }
        IO.println("%d callers, sum %d".formatted(CALLERS, sum.sum()));
        try (var replies = client.stream("wait".getBytes())) {
            replies.next(); // it is at work
            child.kill();
            replies.next();
        } catch (PeerGoneException e) {
            IO.println("killed: " + e.getClass().getSimpleName());
        }
    } finally {
        RequestChannel.unlink(name);
    }
}

static final int CALLERS = 1000;
static final Map<String, String> PRICES = Map.of("ACME", "174", "EMCA", "471", "MACE", "714");

String ask(RequestClient client, String share) throws Exception {
    return new String(client.call(share.getBytes()));
}

void serve(String name) throws Exception {
    try (var channel = RequestChannel.open(name);
            var server = channel.server()) {
        server.serve(request -> {
            var share = new String(request.bytes());
            if (share.equals("wait")) {
                request.part("at work".getBytes());
                new CountDownLatch(1).await();
            }
            if (share.equals("all")) {
                for (var price : PRICES.values()) {
                    request.part(price.getBytes());
                }
                return new byte[0];
            }
            if (!PRICES.containsKey(share)) {
                throw new NoSuchElementException("no such share: " + share);
            }
            return PRICES.get(share).getBytes();
        });
    }
}

ChildProcess startAgain(String name) throws Exception {
    var java = ProcessHandle.current().info().command().orElseThrow();
    return Spawn.command(java, "@examples/flags", "examples/Prices.java", name).start();
}
