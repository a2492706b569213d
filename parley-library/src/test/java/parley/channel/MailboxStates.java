package parley.channel;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import parley.shm.BadRegionException;

/// Processes that put messages into a mailbox and take them out, each of them killed before each of
/// its accesses to memory; and so is whoever goes on after it, sometimes. Then what is there is
/// compared with what may be there.
final class MailboxStates {
    private static final MailboxLayout LAYOUT = new MailboxLayout(4, 512);
    private static final int ACTIONS = 30; // in one history
    private static final int RECOVERY = 200; // accesses, and some in which nobody is killed
    private static final int TYPES = 3;
    private static final List<MailboxSelector> SELECTORS =
            List.of(
                    MailboxSelector.ANY,
                    MailboxSelector.HIGHEST_PRIORITY,
                    MailboxSelector.exactly(1),
                    MailboxSelector.anyExcept(1),
                    MailboxSelector.lowestUpTo(TYPES));

    /// A message; all its bytes are its number.
    private record Sent(int number, long type, int priority, int bytes) {
        MemorySegment content() {
            return MemorySegment.ofArray(new byte[bytes]).fill((byte) number);
        }
    }

    /// What a process does.
    private interface Action {
        void run() throws BadRegionException;
    }

    private final Random random;
    private final HeapMailboxMemory memory;
    private final MailboxTable table;
    private List<Sent> there = new ArrayList<>(); // the oldest first
    private int next;
    private long states;

    /// @param of the memory; a faulty one plants a fault
    MailboxStates(long seed, BiFunction<MailboxLayout, Random, HeapMailboxMemory> of) {
        random = new Random(seed);
        memory = of.apply(LAYOUT, random);
        table = new MailboxTable(memory, LAYOUT);
    }

    /// Goes through so many states.
    ///
    /// @throws AssertionError if one is wrong
    void explore(long count) {
        while (states < count) {
            memory.restore(new long[memory.copy().length]);
            there = new ArrayList<>();
            for (int i = 0; i < ACTIONS; i++) {
                if (random.nextInt(5) < 3) {
                    put();
                } else {
                    take(SELECTORS.get(random.nextInt(SELECTORS.size())));
                }
            }
        }
    }

    private void put() {
        int number = next++ & 0x7f;
        int bytes = random.nextInt(4) == 0 ? 0 : random.nextInt((int) LAYOUT.capacity() / 2);
        var message = new Sent(number, 1 + random.nextInt(TYPES), random.nextInt(3), bytes);
        var after = new ArrayList<>(there);
        after.add(message);
        var isPut = new boolean[1];
        killAnywhere(
                () -> {
                    table.settle();
                    isPut[0] = table.put(message.content(), message.type, message.priority);
                },
                after);
        require(isPut[0] == hasRoom(bytes), "room");
        there = isPut[0] ? after : there;
        check(List.of(there));
    }

    private boolean hasRoom(int bytes) {
        long used = MailboxBlocks.needed(bytes);
        for (var sent : there) {
            used += MailboxBlocks.needed(sent.bytes);
        }
        return there.size() < LAYOUT.messages() && used <= LAYOUT.blocks();
    }

    private void take(MailboxSelector which) {
        var after = new ArrayList<>(there);
        var expected = chosen(which);
        after.remove(expected);
        killAnywhere(
                () -> {
                    table.settle();
                    int slot = table.find(which);
                    require(slot < 0 == (expected == null), "found");
                    if (expected != null) {
                        checkContent(slot, expected);
                        table.take(slot);
                    }
                },
                after);
        there = after;
        check(List.of(there));
    }

    @SuppressWarnings("NullAway") // none is a choice, too
    private Sent chosen(MailboxSelector which) {
        return there.stream()
                .filter(sent -> which.mayBe(sent.type))
                .min(
                        switch (which.choice()) {
                            case ANY, EXACTLY, ANY_EXCEPT ->
                                    Comparator.comparingInt(there::indexOf);
                            case HIGHEST_PRIORITY ->
                                    Comparator.comparingInt(sent -> -sent.priority);
                            case LOWEST_UP_TO -> Comparator.comparingLong(Sent::type);
                        })
                .orElse(null);
    }

    private void checkContent(int slot, Sent expected) throws BadRegionException {
        require(table.length(slot) == expected.bytes, "length");
        require(table.type(slot) == expected.type, "type");
        require(table.priority(slot) == expected.priority, "priority");
        var into = MemorySegment.ofArray(new byte[expected.bytes]);
        table.copyOut(slot, into, expected.bytes);
        require(into.mismatch(expected.content()) < 0, "torn");
    }

    /// Kills who does it before each of its accesses, and then lets it be done.
    private void killAnywhere(Action action, List<Sent> after) {
        var before = memory.copy();
        for (int accesses = 0; isKilled(action, accesses); accesses++) {
            boolean isSettled = false;
            while (!isSettled && random.nextBoolean()) {
                isSettled = !isKilled(table::settle, random.nextInt(RECOVERY));
            }
            memory.live();
            check(List.of(there, after));
            memory.restore(before);
        }
        memory.live();
    }

    private boolean isKilled(Action action, int accesses) {
        states++;
        memory.killAfter(accesses);
        try {
            perform(action);
            return false;
        } catch (HeapMailboxMemory.Killed _) {
            return true;
        }
    }

    private static void perform(Action action) {
        try {
            action.run();
        } catch (BadRegionException e) {
            throw new AssertionError(e);
        }
    }

    /// One of these is there, in both orders; and then there is room for all there can be.
    private void check(List<List<Sent>> allowed) {
        var before = memory.copy();
        perform(() -> {
            table.settle();
            int count = table.count();
            var now =
                    allowed.stream()
                            .filter(sent -> sent.size() == count)
                            .findFirst()
                            .orElseThrow(() -> new AssertionError(count + " messages"));
            checkAll(MailboxSelector.ANY, now);
            checkRoom();
            memory.restore(before);
            table.settle();
            var important = new ArrayList<>(now);
            important.sort(Comparator.comparingInt(sent -> -sent.priority));
            checkAll(MailboxSelector.HIGHEST_PRIORITY, important);
        });
        memory.restore(before);
    }

    private void checkAll(MailboxSelector which, List<Sent> expected) throws BadRegionException {
        for (var sent : expected) {
            int slot = table.find(which);
            require(slot >= 0, "lost");
            checkContent(slot, sent);
            table.take(slot);
        }
        require(table.find(which) < 0, "one more");
    }

    private void checkRoom() throws BadRegionException {
        require(table.bytesUsed() == 0, "used, and nothing is there");
        var all = new Sent(1, 1, 0, (int) LAYOUT.capacity());
        require(table.put(all.content(), all.type, all.priority), "no room, and nothing is there");
        for (int i = 1; i < LAYOUT.messages(); i++) {
            require(table.put(MemorySegment.NULL, 1, 0), "no slot, and there is one");
        }
        require(!table.put(MemorySegment.NULL, 1, 0), "a slot, and there is none");
        checkContent(table.find(MailboxSelector.ANY), all);
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise + " after " + states + " states");
        }
    }
}
