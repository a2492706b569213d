package parley.channel;

/// A channel whose messages are leased, as everything that carries whole messages.
class LeasedChannelContractTest extends MessageChannelContractTest {
    @Override
    protected MessageChannel.Size size() {
        return super.size().leased(4);
    }
}
