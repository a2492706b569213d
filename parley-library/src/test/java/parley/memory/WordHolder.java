package parley.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import parley.kernel.Abi;
import parley.kernel.SignalH;
import parley.kernel.SysSyscall;

/// The main class of a process in which a thread holds a word on a robust list of its own, until it
/// is killed. See get_robust_list(2).
final class WordHolder {
    private static final int WAITERS = 0x80000000; // FUTEX_WAITERS
    private static final long HEAD_BYTES = 24; // next, offset from a node to its word, pending
    private static final long NODE_OFFSET = 8;

    private WordHolder() {}

    public static void main(String[] arguments) throws Exception {
        var path = Path.of(arguments[0]);
        var thread = Thread.ofPlatform().start(() -> hold(path));
        thread.join();
    }

    private static void hold(Path path) {
        try {
            var memory = Mapping.open(path, Protection.READ_WRITE).segment();
            var head = Arena.global().allocate(HEAD_BYTES, 8);
            memory.set(JAVA_INT, 0, SignalH.gettid() | WAITERS);
            memory.set(JAVA_LONG, NODE_OFFSET, head.address());
            head.set(JAVA_LONG, 0, memory.address() + NODE_OFFSET);
            head.set(JAVA_LONG, 8, -NODE_OFFSET);
            int call = Abi.HOST.SYS_set_robust_list();
            long r = SysSyscall.syscall(call, head.address(), HEAD_BYTES, 0, 0, 0);
            System.out.println(r == 0 ? "holds" : "refused: " + r);
            int _ = System.in.read();
        } catch (java.io.IOException e) {
            System.out.println(e);
        }
    }
}
