package parley.channel;

import org.junit.jupiter.api.extension.RegisterExtension;
import parley.contract.ByteStreamContract;
import parley.contract.WaitingContract;
import parley.shm.LookAgain;

/// A byte pipe as every byte stream.
class BytePipeContractTest extends ByteStreamContract {
    @RegisterExtension static final LookAgain NO_WAKE_IS_LOST = LookAgain.never();

    private BytePipe mine;
    private BytePipe theirs;

    @Override
    protected boolean needsNativeMemory() {
        return false;
    }

    @Override
    protected WaitingContract.Blocked blockedTimed() {
        return new WaitingContract.Blocked("futex", 1);
    }

    @Override
    protected Ends open() throws Exception {
        mine = BytePipe.createAnonymous(1 << 16);
        theirs = BytePipe.of(mine.fd().duplicate());
        return new Ends(theirs.source(), mine.sink(), null, null);
    }

    @Override
    protected void dispose() {
        mine.close();
        theirs.close();
    }
}
