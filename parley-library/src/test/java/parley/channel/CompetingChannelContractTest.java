package parley.channel;

/// A channel whose receivers compete, as everything that carries whole messages.
class CompetingChannelContractTest extends MessageChannelContractTest {
    @Override
    protected MessageChannel.Size size() {
        return super.size().competing(4);
    }
}
