package parley.contract;

import java.util.concurrent.atomic.AtomicInteger;

/// Names that no other test, and no other run of the tests, uses.
public final class Unique {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private static final int KEY_BASE =
            0x50000000 | ((int) ProcessHandle.current().pid() & 0xffff) << 12;

    private Unique() {}

    public static String name(String prefix) {
        return prefix + "-parley-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
    }

    /// A key for System V, one of 4096.
    public static int key() {
        return KEY_BASE | (COUNT.incrementAndGet() & 0xfff);
    }

    /// True if [#key] may have given it.
    public static boolean isKey(int key) {
        return (key & ~0xfff) == KEY_BASE;
    }
}
