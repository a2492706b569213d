package parley.channel;

import parley.shm.EventCount;
import parley.shm.SharedCounter;
import parley.shm.SharedRing;

/// What one client of a request channel and the server have between them.
///
/// @param requests from the client; who sends has the lane
/// @param replies to him
/// @param replied a reply was sent: the client waits for it
/// @param requestRoom a request was taken: so does he for this
/// @param replyRoom a reply was taken: the server waits for it
/// @param abandoned the last request of which nobody wants to know any more, nor of those before
/// @param inherited up to where requests had been taken when the server came
/// @param ids the last request's number
record RequestLane(
        SharedRing requests,
        SharedRing replies,
        EventCount replied,
        EventCount requestRoom,
        EventCount replyRoom,
        SharedCounter abandoned,
        SharedCounter inherited,
        SharedCounter ids) {
    /// A side was given up: who waits at the other looks again.
    void lookAgain() {
        ChannelMemory.lookAgain(replied);
        ChannelMemory.lookAgain(requestRoom);
        ChannelMemory.lookAgain(replyRoom);
    }
}
