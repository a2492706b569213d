package parley.kernel;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/// Things that threads use one at a time and give back, so that none is made per use.
///
/// A thread looks first where it left its last one, so threads that take turns do not meet. When
/// all are in use another is made; one that finds no slot when it comes back is left to the
/// collector. Lock-free.
public final class Pool<T> {
    private final AtomicReferenceArray<T> spare;
    private final Supplier<T> maker;

    /// @param slots how many are kept at most
    public Pool(int slots, Supplier<T> maker) {
        this.spare = new AtomicReferenceArray<>(slots);
        this.maker = maker;
    }

    /// One that nobody else uses until [#release], in the state in which it was given back.
    public T acquire() {
        int first = first();
        for (int i = 0; i < spare.length(); i++) {
            int slot = (first + i) % spare.length();
            if (spare.getPlain(slot) != null) {
                var thing = spare.getAndSet(slot, null);
                if (thing != null) {
                    return thing;
                }
            }
        }
        return maker.get();
    }

    public void release(T thing) {
        int first = first();
        for (int i = 0; i < spare.length(); i++) {
            if (spare.compareAndSet((first + i) % spare.length(), null, thing)) {
                return;
            }
        }
    }

    private int first() {
        return (int) (Thread.currentThread().threadId() % spare.length());
    }
}
