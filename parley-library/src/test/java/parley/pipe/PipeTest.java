package parley.pipe;

import parley.contract.ByteStreamContract;

final class PipeTest extends ByteStreamContract {
    @Override
    protected Ends open() throws Exception {
        var pipe = Pipe.create();
        return new Ends(pipe.source(), pipe.sink(), pipe.source().fd(), pipe.sink().fd());
    }
}
