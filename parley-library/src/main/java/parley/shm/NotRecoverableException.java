package parley.shm;

import java.io.IOException;

/// The owner of a lock died, the next one gave it back without saying that what it guards has been
/// repaired, and so nobody gets it any more: `ENOTRECOVERABLE`.
public final class NotRecoverableException extends IOException {
    private static final long serialVersionUID = 1;

    NotRecoverableException() {
        super(
                "an owner of the lock died, and the next one gave it back without markConsistent():"
                        + " make what it guards anew");
    }
}
