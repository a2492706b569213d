package parley.os;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import parley.kernel.Fcntl;
import parley.kernel.Mqueue;
import parley.kernel.SysIpc;
import parley.kernel.SysMman;
import parley.kernel.SysResource;
import parley.kernel.SysSem;

/// The main class of a process that provokes an error under its own limits, and prints it.
final class Provoke {
    private Provoke() {}

    public static void main(String[] arguments) throws Exception {
        try (var arena = Arena.ofConfined()) {
            switch (arguments[0]) {
                case "descriptors" -> openAll(arena);
                case "queue" -> openQueue(arena);
                case "sets" -> makeSets();
                case "executable" -> openExecutable(arena);
                case "count" -> countQueues(arena);
                case "open" -> open(arena, arguments[1]);
                default -> throw new IllegalArgumentException(arguments[0]);
            }
            System.out.println("nothing was refused");
        } catch (OsException refused) {
            System.out.println(refused);
        }
    }

    /// Leaves no descriptor to load a class with, or to look at `/proc`.
    private static void openAll(Arena arena) throws OsException {
        var limits = arena.allocate(SysResource.RLIMIT);
        OsException.check(
                "getrlimit", "", SysResource.getrlimit(SysResource.RLIMIT_NOFILE, limits));
        limits.set(JAVA_LONG, SysResource.RLIM_CUR, 100);
        OsException.check(
                "setrlimit", "", SysResource.setrlimit(SysResource.RLIMIT_NOFILE, limits));
        for (int i = 0; i < 1000; i++) {
            open(arena, "/dev/null");
        }
    }

    private static void open(Arena arena, String path) throws OsException {
        OsException.check("open", path, Fcntl.open(arena.allocateFrom(path), Fcntl.O_CLOEXEC, 0));
    }

    private static void openExecutable(Arena arena) throws OsException {
        int r = SysMman.memfd_create(arena.allocateFrom("x"), SysMman.MFD_EXEC);
        OsException.check("memfd_create", "memfd:x", r);
    }

    private static void openQueue(Arena arena) throws OsException {
        var name = arena.allocateFrom("/parley-refused-" + ProcessHandle.current().pid());
        var attributes = arena.allocate(Mqueue.MQ_ATTR);
        attributes.set(JAVA_LONG, Mqueue.MQ_MAXMSG, 10);
        attributes.set(JAVA_LONG, Mqueue.MQ_MSGSIZE, 1000);
        int flags = Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_RDWR;
        int mqd = Mqueue.mq_open(name, flags, 0600, attributes);
        if (mqd >= 0) {
            Mqueue.mq_unlink(name);
        }
        OsException.check("mq_open", name.getString(0), mqd);
    }

    /// In an IPC namespace of its own, too.
    private static void countQueues(Arena arena) throws OsException {
        for (var name : List.of("/a", "/b")) {
            int flags = Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_RDWR;
            int r = Mqueue.mq_open(arena.allocateFrom(name), flags, 0600, MemorySegment.NULL);
            OsException.check("mq_open", name, r);
        }
        System.out.println(Limit.MQUEUE_QUEUES_MAX.used());
    }

    /// In an IPC namespace of its own, which ends with this process and takes the sets along.
    private static void makeSets() throws OsException {
        for (int i = 0; i < 100; i++) {
            OsException.check("semget", "sem:0x0", SysSem.semget(SysIpc.IPC_PRIVATE, 3, 0600));
        }
    }
}
