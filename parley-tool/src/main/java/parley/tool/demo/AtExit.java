package parley.tool.demo;

import java.io.IOException;

/// Something that must be taken away at the end of a block, and also when the JVM is told to end in
/// the middle of it (Ctrl-C).
final class AtExit implements AutoCloseable {
    /// Takes it away; may run twice.
    @FunctionalInterface
    interface Removal {
        void run() throws IOException;
    }

    private final Removal removal;
    private final Thread hook;

    AtExit(Removal removal) {
        this.removal = removal;
        this.hook = new Thread(this::removeQuietly, "parley-at-exit");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    @Override
    public void close() throws IOException {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            return; // the JVM is ending, and the hook does it
        }
        removal.run();
    }

    private void removeQuietly() {
        try {
            removal.run();
        } catch (IOException _) {
            // Nobody is left to be told.
        }
    }
}
