import module parley;

/// A child sends a million prices through a channel, and is killed then: all of them come, and the
/// end is told. See docs/channels.md.
void main(String[] arguments) throws Exception {
    if (arguments.length > 0) {
        sendPrices(arguments[0]);
        return;
    }
    var name = "example-" + ProcessHandle.current().pid();
    try (var channel = MessageChannel.create(name, MessageChannel.Size.DEFAULT);
            var receiver = channel.receiver().whenAlone(WhenAlone.END);
            var child = startAgain(name)) {
        var sum = new long[2];
        MessageHandler add =
                (memory, offset, bytes) -> {
                    sum[0]++;
                    sum[1] += memory.get(ValueLayout.JAVA_LONG, offset);
                    return true;
                };
        while (sum[0] < PRICES) {
            receiver.drain(add, 1000);
        }
        IO.println("%d prices, sum %d".formatted(sum[0], sum[1]));
        child.kill();
        IO.println("the sender is dead: " + (receiver.drain(add, 1) == Outcome.END));
        channel.sender().send("next".getBytes()); // its lane is free
        IO.println("from another one: " + new String(receiver.receive().orElseThrow()));
    } finally {
        MessageChannel.unlink(name);
    }
}

static final int PRICES = 1_000_000;

void sendPrices(String name) throws Exception {
    try (var channel = MessageChannel.open(name);
            var sender = channel.sender()) {
        for (long price = 0; price < PRICES; price++) {
            try (var loan = sender.loan(Long.BYTES)) {
                loan.memory().set(ValueLayout.JAVA_LONG, loan.offset(), price);
                loan.commit();
            }
        }
        System.in.read(); // until it is killed
    }
}

ChildProcess startAgain(String name) throws Exception {
    var java = ProcessHandle.current().info().command().orElseThrow();
    return Spawn.command(java, "@examples/flags", "examples/TickerChannel.java", name)
            .stdin(Redirect.pipe())
            .start();
}
