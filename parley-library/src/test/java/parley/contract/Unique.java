package parley.contract;

import java.util.concurrent.atomic.AtomicInteger;

/// Names that no other test, and no other run of the tests, uses.
public final class Unique {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private Unique() {}

    public static String name(String prefix) {
        return prefix + "-parley-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
    }
}
