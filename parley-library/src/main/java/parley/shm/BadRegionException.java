package parley.shm;

import java.io.IOException;

/// What was to be opened as a region is none, or not the one that is meant.
public final class BadRegionException extends IOException {
    private static final long serialVersionUID = 1;

    /// Says what cannot be; also of what somebody lays out in a region.
    public BadRegionException(String message) {
        super(message);
    }
}
