package parley.shm;

import java.time.Duration;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// How long who waits in a region sleeps at most, for the tests of one class.
public record LookAgain(Duration after) implements BeforeAllCallback, AfterAllCallback {
    private static final Duration IN_USE = LifeThread.lookAgain;

    /// A lost wake is a hang.
    public static LookAgain never() {
        return new LookAgain(Duration.ofDays(1));
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        LifeThread.lookAgain = after;
    }

    @Override
    public void afterAll(ExtensionContext context) {
        LifeThread.lookAgain = IN_USE;
    }
}
