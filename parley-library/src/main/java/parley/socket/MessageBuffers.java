package parley.socket;

import java.util.concurrent.atomic.AtomicReference;

/// A socket's memory for messages: kept from call to call; a second thread at the same time gets
/// its own.
final class MessageBuffers {
    private final AtomicReference<MessageBuffer> kept = new AtomicReference<>();

    MessageBuffer acquire() {
        var buffer = kept.getAndSet(null);
        return buffer != null ? buffer : new MessageBuffer();
    }

    void release(MessageBuffer buffer) {
        kept.set(buffer);
    }
}
