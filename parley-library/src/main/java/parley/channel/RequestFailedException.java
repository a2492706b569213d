package parley.channel;

import java.io.IOException;

/// A server has answered a request with a failure, in its own words.
public final class RequestFailedException extends IOException {
    private static final long serialVersionUID = 1;

    RequestFailedException(String words) {
        super(words);
    }
}
