package parley.tool.demo;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/// A gate that is a word in the shared memory itself: spinning, without a system call.
///
/// Waiting burns a processor, and after a while yields it.
///
/// @param word four bytes: 0 free, 1 filled
record WordGate(MemorySegment word) implements SlotLink.Gate {
    private static final VarHandle INT = JAVA_INT.varHandle().withInvokeExactBehavior();
    private static final int FREE = 0;
    private static final int FILLED = 1;

    @Override
    public void awaitFree() throws InterruptedException {
        await(FREE);
    }

    @Override
    public void giveFilled() {
        INT.setRelease(word, 0L, FILLED); // pairs with the getAcquire of the emptier
    }

    @Override
    public void awaitFilled() throws InterruptedException {
        await(FILLED);
    }

    @Override
    public void giveFree() {
        INT.setRelease(word, 0L, FREE); // pairs with the getAcquire of the filler
    }

    private void await(int turn) throws InterruptedException {
        for (int i = 0; (int) INT.getAcquire(word, 0L) != turn; i++) {
            Spinning.pause(i);
        }
    }
}
