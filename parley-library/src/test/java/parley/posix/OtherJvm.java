package parley.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.util.List;
import parley.memory.Protection;
import parley.os.FileMode;
import parley.os.OsException;
import parley.peer.Command;
import parley.peer.OtherUser;
import parley.posix.PosixMessageQueue.Access;
import parley.posix.PosixMessageQueue.Size;

/// What tests let another JVM do: as another user, under other limits, in other namespaces. It says
/// for each call `permitted`, or the exception.
final class OtherJvm {
    private static final int NOT_HERE = 77; // as automake has it for a skipped test

    private static final String CLASS_PATH = OtherUser.classPathOf(PosixName.class, OtherJvm.class);

    private OtherJvm() {}

    /// Skips the test where there cannot be another user.
    static void assumeAnotherUser() throws IOException, InterruptedException {
        OtherUser.assumeItCanRead(OtherUser.NOBODY, CLASS_PATH);
    }

    /// The words that start it behind others.
    static List<String> command(List<String> before, String... arguments) {
        return Command.java(before, CLASS_PATH, OtherJvm.class, arguments);
    }

    private interface Call {
        Object run() throws IOException, InterruptedException;
    }

    public static void main(String[] arguments) throws Exception {
        var name = arguments[1];
        switch (arguments[0]) {
            case "queues" -> queues(name);
            case "queue" -> report(() -> make(name, arguments[2], arguments[3]));
            case "open-queue" -> report(() -> PosixMessageQueue.open(name));
            case "list-queues" -> listQueues();
            case "make-all" -> makeAll(name);
            case "semaphore" -> report(() -> PosixSemaphore.open(name));
            case "memory" -> memory(name);
            case "make-memory" ->
                    report(() -> PosixSharedMemory.create(name, Long.parseLong(arguments[2])));
            case "open-memory" -> report(() -> PosixSharedMemory.open(name));
            case "shortened" -> shortened(name);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static Object make(String name, String messages, String bytes) throws IOException {
        var size = new Size(Integer.parseInt(messages), Integer.parseInt(bytes));
        try (var queue = PosixMessageQueue.create(name, size, FileMode.OWNER_ONLY)) {
            System.out.println(queue.status());
            return queue;
        } finally {
            System.out.println(size.accountedBytes());
        }
    }

    /// As another user, of a queue of root's, with a mode that lets all others send.
    private static void queues(String name) throws Exception {
        report(() -> PosixMessageQueue.open(name, Access.RECEIVE));
        report(() -> PosixMessageQueue.open(name));
        report(() -> PosixMessageQueue.open(name, Access.SEND).trySend(new byte[1], 0));
        report(() -> {
            var queue = PosixMessageQueue.open(name, Access.SEND);
            queue.setPermissions(queue.permissions().withMode(new FileMode(0666)));
            return queue;
        });
        report(() -> make(name + "-large", "1", "8193"));
        report(() -> {
            PosixMessageQueue.unlink(name);
            return name;
        });
    }

    private static void listQueues() throws Exception {
        report(() -> {
            System.out.println(PosixMessageQueue.list().stream().map(PosixName::name).toList());
            return "";
        });
    }

    private static void makeAll(String name) throws Exception {
        var everybody = new FileMode(0666);
        PosixMessageQueue.create(name, Size.DEFAULT, everybody).close();
        PosixSharedMemory.create(name, 1, everybody).close();
        PosixSemaphore.create(name, 0, everybody).close();
    }

    /// As another user, of an object with a mode that lets all others read.
    private static void memory(String name) throws Exception {
        report(() -> PosixSharedMemory.open(name));
        report(() -> PosixSharedMemory.openEmptied(name, 1));
        report(() -> PosixSharedMemory.open(name, Protection.READ_ONLY));
    }

    /// Touches memory that another process has shortened.
    private static void shortened(String name) throws Exception {
        var memory = PosixSharedMemory.open(name);
        System.out.println("mapped");
        System.in.read();
        try {
            memory.segment().get(JAVA_BYTE, 0);
            System.out.println("read");
        } catch (InternalError e) {
            System.out.println(e.getMessage());
        }
        report(() -> memory.futex(0).await(0));
    }

    private static void report(Call call) throws InterruptedException {
        try {
            var _ = call.run();
            System.out.println("permitted");
        } catch (OsException e) {
            System.out.println(e.getClass().getSimpleName() + " " + e.getMessage());
        } catch (IOException e) {
            System.out.println(e);
        }
    }

    /// Words before a command that runs in an IPC namespace of its own, as nobody, after a script.
    static List<String> inIpcNamespace(String script) {
        return List.of(
                "unshare",
                "--ipc",
                "sh",
                "-c",
                "{ " + script + "; } || exit " + NOT_HERE + "; exec \"$@\"",
                "sh");
    }

    static boolean isNotHere(int exitCode) {
        return exitCode == NOT_HERE;
    }
}
