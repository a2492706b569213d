package parley.tool.demo;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import parley.os.Credentials;

/// Namespaces for System V IPC, POSIX queues and shared memory in which nobody else makes or leaves
/// anything. They live as long as one process in them.
///
/// @param holder that process
/// @param queues where the POSIX queues can be seen, inside
record Sandbox(Process holder, Path queues) implements AutoCloseable {
    private static final String MOUNT_AND_WAIT =
            """
            mount -t tmpfs -o size="$1" parley /dev/shm && mount -t mqueue parley "$2" || exit
            echo ready
            exec cat
            """;

    /// Makes the namespaces, or skips the test where that cannot be done.
    ///
    /// @param queues an empty directory
    /// @param size of the shared memory there is, such as `64k`
    static Sandbox start(Path queues, String size) throws IOException {
        assumeTrue(Credentials.own().uid() == 0, "only root can make namespaces");
        var words = List.of("unshare", "--ipc", "--mount", "sh", "-c", MOUNT_AND_WAIT, "sh", size);
        var command = new ArrayList<>(words);
        command.add(queues.toString());
        var holder =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        var line = holder.inputReader(StandardCharsets.UTF_8).readLine();
        assumeTrue("ready".equals(line), "namespaces cannot be made here");
        return new Sandbox(holder, queues);
    }

    /// A command that runs inside.
    List<String> inside(List<String> command) {
        var whole = new ArrayList<>(List.of("nsenter", "--ipc", "--mount", "--target"));
        whole.add(Long.toString(holder.pid()));
        whole.addAll(command);
        return whole;
    }

    /// The objects that are there.
    List<String> objects() throws IOException, InterruptedException {
        var objects = new ArrayList<String>();
        for (var folder : List.of(Path.of("/dev/shm"), queues)) {
            var root = Path.of("/proc/" + holder.pid() + "/root");
            try (var names = Files.list(root.resolve(folder.toString().substring(1)))) {
                names.forEach(name -> objects.add(name.toString()));
            }
        }
        var tables = Packaged.run(inside(List.of("sh", "-c", "tail -q -n +2 /proc/sysvipc/*")));
        objects.addAll(tables.lines());
        return objects;
    }

    @Override
    public void close() {
        holder.destroy(); // its input's end would do, too
    }
}
