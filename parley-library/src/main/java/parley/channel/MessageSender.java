package parley.channel;

import java.util.Objects;
import parley.shm.RingSender;

/// Who sends into a [MessageChannel], by a lane of his own; his messages stay in order. For one
/// thread at a time, which may be a virtual one; [#close] may be called by any.
public final class MessageSender extends SendingSide {
    private final MessageChannel channel;
    private final int lane;
    private final ReceiverEvents receivers;
    private WhenAlone whenAlone = WhenAlone.WAIT;
    private boolean hadReceiver;

    MessageSender(MessageChannel channel, int lane, RingSender ring) {
        super(channel.memory(), ring, channel.room(lane), channel.dropped(lane));
        this.channel = channel;
        this.lane = lane;
        this.receivers = channel.receiverEvents();
    }

    /// Sets what becomes of a message for which there is no room; else [WhenFull#WAIT].
    ///
    /// @return this
    /// @throws IllegalStateException if that cannot be in this channel
    public MessageSender whenFull(WhenFull choice) {
        if (choice == WhenFull.DROP_OLDEST && !channel.isCompeting()) {
            throw new IllegalStateException("not where one reads messages where they lie");
        }
        set(choice);
        return this;
    }

    /// Sets what a wait for room does when nobody receives any more; else [WhenAlone#WAIT].
    ///
    /// @return this
    public MessageSender whenAlone(WhenAlone choice) {
        whenAlone = Objects.requireNonNull(choice);
        return this;
    }

    /// Sets how this side waits; else [Waiting#PARK].
    ///
    /// @return this
    public MessageSender waiting(Waiting choice) {
        set(choice);
        return this;
    }

    @Override
    boolean isAlone() {
        if (whenAlone == WhenAlone.WAIT) {
            return false;
        }
        boolean hasReceiver = channel.hasReceiver();
        hadReceiver |= hasReceiver;
        return hadReceiver && !hasReceiver;
    }

    @Override
    void wakeOthers() {
        receivers.signalOne();
    }

    /// Which lane it is, from 0 on.
    public int lane() {
        return lane;
    }
}
