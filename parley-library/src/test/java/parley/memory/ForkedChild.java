package parley.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import parley.kernel.Abi;
import parley.kernel.SignalH;
import parley.kernel.SysSyscall;
import parley.kernel.SysWait;

/// The main class of a process that forks, as native code may, and stores in the child. The child
/// has this one thread of the JVM, and so does nothing else.
final class ForkedChild {
    private static final boolean IS_X86_64 = Abi.HOST.SYS_gettid() == 186;
    private static final long CLONE = IS_X86_64 ? 56 : 220;
    private static final long EXIT_GROUP = IS_X86_64 ? 231 : 94;

    private ForkedChild() {}

    public static void main(String[] arguments) throws Exception {
        try (var shared = Mapping.anonymous(FileSystem.PAGE_BYTES);
                var own = Mapping.anonymous(FileSystem.PAGE_BYTES, MapOption.PRIVATE)) {
            var seen = shared.segment();
            var unseen = own.segment();
            seen.set(ValueLayout.JAVA_INT, 0, 7);
            unseen.set(ValueLayout.JAVA_INT, 0, 7);
            SysSyscall.syscall(-1, 0, 0, 0, 0, 0); // all is loaded before there are two of us
            long pid = SysSyscall.syscall(CLONE, SignalH.SIGCHLD, 0, 0, 0, 0);
            if (pid == 0) {
                seen.set(ValueLayout.JAVA_INT, 0, 42);
                unseen.set(ValueLayout.JAVA_INT, 0, 42);
                SysSyscall.syscall(EXIT_GROUP, 0, 0, 0, 0, 0);
            }
            int type = SysWait.P_PID;
            SysWait.waitid(type, (int) pid, MemorySegment.NULL, SysWait.WEXITED);
            System.out.println(
                    "shared %d, private %d"
                            .formatted(
                                    seen.get(ValueLayout.JAVA_INT, 0),
                                    unseen.get(ValueLayout.JAVA_INT, 0)));
        }
    }
}
