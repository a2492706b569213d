package parley.shm;

import java.io.Serial;
import java.nio.channels.ClosedChannelException;

/// The publisher has overtaken a subscriber who was too slow, and whose subscription has ended by
/// that ([WhenSlow#DROP]). He is told once; whoever wants to go on subscribes anew.
public final class OvertakenException extends ClosedChannelException {
    @Serial private static final long serialVersionUID = 1;

    private final long lost;

    OvertakenException(long lost) {
        this.lost = lost;
    }

    /// How many messages he would have missed.
    public long lost() {
        return lost;
    }

    @Override
    public String getMessage() {
        return "overtaken by %d messages: the subscription has ended".formatted(lost);
    }
}
