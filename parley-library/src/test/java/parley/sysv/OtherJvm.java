package parley.sysv;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.concurrent.CountDownLatch;
import parley.os.OsException;

/// What tests let another JVM do.
final class OtherJvm {
    private OtherJvm() {}

    private interface Call {
        void run() throws IOException, InterruptedException;
    }

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "hold" -> hold(key(arguments));
            case "refused" -> refused(key(arguments));
            case "long" -> longMessages();
            case "cut" -> cutOff(key(arguments));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static IpcKey key(String[] arguments) {
        return IpcKey.of(Integer.decode(arguments[1]));
    }

    /// Takes a permit with undo, and gives another without; waits to be killed.
    private static void hold(IpcKey key) throws Exception {
        var set = SysvSemaphoreSet.open(key);
        set.semaphore(0).withUndo().acquire();
        set.operations().release(1).perform();
        System.out.println("held");
        new CountDownLatch(1).await();
    }

    /// Tries all that needs a permission.
    private static void refused(IpcKey key) throws Exception {
        var queue = SysvMessageQueue.open(key);
        report(() -> queue.trySend(1, new byte[1]));
        report(() -> queue.tryReceive(MessageSelector.ANY));
        report(queue::status);
        report(queue::remove);
        report(() -> SysvSemaphoreSet.open(key).semaphore(0).tryAcquire());
        report(() -> SysvSemaphoreSet.openAsIs(key).values());
        report(() -> SysvSemaphoreSet.remove(key));
        report(() -> SysvSharedMemory.open(key));
        report(() -> SysvSharedMemory.remove(key));
    }

    private static void report(Call call) throws InterruptedException {
        try {
            call.run();
            System.out.println("permitted");
        } catch (OsException e) {
            System.out.println(e.getClass().getSimpleName() + " " + e.getMessage());
        } catch (IOException e) {
            System.out.println(e);
        }
    }

    private static void cutOff(IpcKey key) throws Exception {
        try (var queue = SysvMessageQueue.open(key);
                var arena = Arena.ofConfined()) {
            var into = arena.allocate(20_000);
            System.out.println(queue.tryReceive(into, MessageSelector.ANY.cutOff()));
        }
    }

    /// Sends and receives longer texts than a buffer has room for at first, in both forms, waiting
    /// and not.
    private static void longMessages() throws Exception {
        try (var queue = SysvMessageQueue.createPrivate();
                var arena = Arena.ofShared()) {
            int bytes = queue.messageBytesMax();
            var text = arena.allocate(bytes).fill((byte) 7);
            var into = arena.allocate(bytes);
            queue.send(1, text);
            System.out.print(queue.tryReceive(into, MessageSelector.ANY) + " ");
            var receiver =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    var message = queue.receive(MessageSelector.ANY);
                                    System.out.print(message.text().length + " ");
                                } catch (IOException | InterruptedException e) {
                                    throw new AssertionError(e);
                                }
                            });
            while (receiver.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            queue.send(1, text);
            receiver.join();
            queue.send(1, text);
            System.out.print(queue.receive(MessageSelector.ANY).text().length + " ");
            queue.send(1, text);
            System.out.print(
                    (into.mismatch(text) < 0 ? queue.receive(into, MessageSelector.ANY) : 0) + " ");
            try {
                queue.send(1, new byte[bytes + 1]);
            } catch (OsException _) {
                System.out.println("refused");
            }
            queue.remove();
        }
    }
}
