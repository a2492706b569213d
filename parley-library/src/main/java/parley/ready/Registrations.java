package parley.ready;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// The registrations of one epoll instance, by the token that the kernel keeps for each.
///
/// ```
///  63           32 31          0
///  | generation   | slot       |
/// ```
///
/// A slot is used again, with the next generation; so the token of a removed registration leads
/// nowhere, though an event may still come with it.
///
/// **Assumptions.** One thread at a time changes it. **Guarantees.** [#find] is wait-free, and may
/// run meanwhile.
final class Registrations<A> {
    private static final int SLOTS_AT_FIRST = 16;

    private volatile AtomicReferenceArray<@Nullable Registration<A>> slots =
            new AtomicReferenceArray<>(SLOTS_AT_FIRST);
    private int[] generations = new int[SLOTS_AT_FIRST]; // of the slot's next use
    private int[] free = new int[SLOTS_AT_FIRST]; // a stack of slots that were used
    private int freeCount;
    private int used; // slots from here on were never used

    /// A token that no other registration has, nor had as far as events can remember.
    long newToken() {
        int slot = freeCount > 0 ? free[--freeCount] : newSlot();
        return ((long) generations[slot]++ << Integer.SIZE) | slot;
    }

    private int newSlot() {
        if (used == generations.length) {
            int length = used * 2;
            var larger = new AtomicReferenceArray<@Nullable Registration<A>>(length);
            for (int i = 0; i < used; i++) {
                larger.setPlain(i, slots.getPlain(i));
            }
            generations = Arrays.copyOf(generations, length);
            free = Arrays.copyOf(free, length);
            slots = larger;
        }
        return used++;
    }

    void put(Registration<A> registration) {
        slots.setRelease((int) registration.token(), registration); // pairs with find
    }

    /// Gives a token back, with its registration if there is one.
    void remove(long token) {
        int slot = (int) token;
        slots.setRelease(slot, null);
        free[freeCount++] = slot;
    }

    /// The registration of a token; null if it was removed.
    @Nullable Registration<A> find(long token) {
        var seen = slots;
        int slot = (int) token;
        var registration = slot < seen.length() ? seen.getAcquire(slot) : null;
        return registration != null && registration.token() == token ? registration : null;
    }

    List<Registration<A>> all() {
        var all = new ArrayList<Registration<A>>();
        for (int slot = 0; slot < used; slot++) {
            var registration = slots.getPlain(slot);
            if (registration != null) {
                all.add(registration);
            }
        }
        return all;
    }
}
