package parley.shm;

import java.io.Serial;
import java.nio.channels.AsynchronousCloseException;

/// The file of a region with a name was shortened while the region was in use: what was in it is
/// lost, and the region is as if it were closed. Close it; whoever wants it makes it anew.
public final class RegionTruncatedException extends AsynchronousCloseException {
    @Serial private static final long serialVersionUID = 1;

    private final String object;

    RegionTruncatedException(String object) {
        this.object = object;
    }

    @Override
    public String getMessage() {
        return object + ": its file was shortened, and what was in it is lost";
    }
}
