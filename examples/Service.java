import module parley;

import parley.socket.Socket;

/// A service as systemd starts it: with its socket open already, and telling when it is ready and
/// when it ends. Here examples/manager.py stands in for systemd. See docs/systemd.md.
void main() throws Exception {
    var manager = ServiceManager.current();
    if (manager.address().isEmpty()) {
        startUnderManager();
        return;
    }
    for (var passed : manager.takeDescriptors()) {
        try (var socket = Socket.of(passed.fd())) {
            switch (socket) {
                case UnixStreamListener listener -> answerOne(manager, passed.name(), listener);
                default -> throw new IllegalStateException(passed.name() + " is " + socket);
            }
        }
    }
    manager.send(Notification.STOPPING);
}

/// Starts this program again, as systemd would.
void startUnderManager() throws Exception {
    var self = ProcessHandle.current().info();
    var words = new ArrayList<>(List.of("python3", "examples/manager.py"));
    words.add(self.command().orElseThrow());
    words.addAll(List.of(self.arguments().orElseThrow()));
    new ProcessBuilder(words).inheritIO().start().waitFor();
}

void answerOne(ServiceManager manager, String name, UnixStreamListener listener) throws Exception {
    manager.send(Notification.READY, Notification.status("waiting on " + name));
    manager.awaitBarrier(Duration.ofMinutes(1)); // the manager knows by now
    try (var client = listener.accept()) {
        var text = new String(client.inputStream().readAllBytes());
        client.outputStream().write(text.toUpperCase().getBytes());
    }
}
