package parley.signal;

import java.io.IOException;

/// A signal cannot be received or changed here, because it belongs to somebody: the message says to
/// whom.
public final class SignalRefusedException extends IOException {
    private static final long serialVersionUID = 1;

    SignalRefusedException(Signal signal, String reason) {
        super(signal + " cannot be had in a JVM: " + reason);
    }
}
