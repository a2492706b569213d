package parley.channel;

import java.io.IOException;
import java.nio.file.Path;
import parley.peer.Command;
import parley.shm.CPeer;

/// A program in C that uses a mailbox, written from the pages in `docs/wire` alone. Behind the
/// mailbox there is a byte for each number: how often it was received.
///
/// ```
/// send FILE BEHIND TIMES             sends so many messages, numbered from 0 on
/// receive FILE BEHIND TIMES          receives so many, and counts each behind the mailbox
/// senders FILE BEHIND TIMES SEED     so many processes, one after another, that send messages of
///                                    which they are the type until they are killed
/// receivers FILE BEHIND TIMES SEED   the same for receiving
/// ```
final class MailboxCPeer {
    private static final String MAILBOX =
            """
            struct slot {
                uint32_t state; int32_t priority; int64_t type; uint64_t number;
                int32_t length, first, older, younger, place, unused[5];
            };
            struct mailbox {
                uint32_t lock[16], arrived[16], room[16];
                uint64_t shape, removed, unused[6];
                uint32_t settled, unused2;
                uint64_t number, dropped;
                int32_t count, oldest, youngest, free_slot, free_block, free_blocks, unused3[4];
                struct slot slots[];
            };
            static struct mailbox *box;
            static int32_t slots_max, blocks_max, *heap, *link_of;
            static char (*blocks)[64];

            static void find_mailbox(void) {
                uint64_t number = *(uint64_t *)(region + 16);
                require((uint32_t)number == 0x6c69616d && number >> 48 == 1, "mailbox");
                box = (struct mailbox *)data;
                slots_max = 1 << (number >> 32 & 0xff);
                blocks_max = 1 << ((number >> 40 & 0xff) - 6);
                heap = (int32_t *)(box->slots + slots_max);
                link_of = (int32_t *)(((uintptr_t)(heap + slots_max) + 63) & ~63ul);
                blocks = (void *)(((uintptr_t)(link_of + blocks_max) + 63) & ~63ul);
            }

            static void in_order(uint32_t *at, uint32_t value) {
                __atomic_store_n(at, value, 5);
            }

            static int needed(struct slot *slot) { return (slot->length + 63) / 64; }

            static int before(int32_t one, int32_t other) {
                struct slot *a = box->slots + one, *b = box->slots + other;
                if (a->priority != b->priority) return a->priority > b->priority;
                return a->number < b->number;
            }

            static void put_at(int32_t place, int32_t slot) {
                heap[place] = slot;
                box->slots[slot].place = place;
            }

            static void rise(int32_t place, int32_t slot) {
                while (place && before(slot, heap[(place - 1) / 2])) {
                    put_at(place, heap[(place - 1) / 2]);
                    place = (place - 1) / 2;
                }
                put_at(place, slot);
            }

            static void sink(int32_t place, int32_t slot) {
                for (int32_t below; (below = 2 * place + 1) < box->count; place = below) {
                    if (below + 1 < box->count && before(heap[below + 1], heap[below])) below++;
                    if (!before(heap[below], slot)) break;
                    put_at(place, heap[below]);
                }
                rise(place, slot);
            }

            static void join_ages(int32_t older, int32_t younger) {
                *(older < 0 ? &box->oldest : &box->slots[older].younger) = younger;
                *(younger < 0 ? &box->youngest : &box->slots[younger].older) = older;
            }

            static void add(int32_t slot) {
                join_ages(box->count ? box->youngest : -1, slot);
                join_ages(slot, -1);
                rise(box->count++, slot);
            }

            static void settle(void) {
                static char used[1 << 16];
                if (box->settled == 1) return;
                require(blocks_max <= 1 << 16, "small");
                memset(used, 0, blocks_max);
                box->count = box->free_blocks = 0;
                box->free_slot = box->free_block = -1;
                for (int32_t s = 0; s < slots_max; s++) {
                    struct slot *slot = box->slots + s;
                    if (slot->state != 1) {
                        slot->younger = box->free_slot;
                        box->free_slot = s;
                        continue;
                    }
                    if (slot->number >= box->number) box->number = slot->number + 1;
                    for (int32_t i = 0, b = slot->first; i < needed(slot); i++, b = link_of[b]) {
                        require(b >= 0 && b < blocks_max && !used[b], "chain");
                        used[b] = 1;
                    }
                }
                for (int32_t b = blocks_max - 1; b >= 0; b--)
                    if (!used[b]) {
                        link_of[b] = box->free_block;
                        box->free_block = b;
                        box->free_blocks++;
                    }
                for (uint64_t last = 0, next;; last = next + 1) { /* by age */
                    int32_t oldest = -1;
                    next = UINT64_MAX;
                    for (int32_t s = 0; s < slots_max; s++) {
                        struct slot *slot = box->slots + s;
                        if (slot->state == 1 && slot->number >= last && slot->number < next)
                            next = slot->number, oldest = s;
                    }
                    if (oldest < 0) break;
                    add(oldest);
                }
                if (!box->count) box->oldest = box->youngest = -1;
                in_order(&box->settled, 1);
            }

            static void begin(void) {
                if (lock(box->lock)) __atomic_and_fetch(box->lock, ~INCONSISTENT, 5);
                require(!box->removed, "removed");
                settle();
            }

            static void end(uint32_t *event) {
                unlock(box->lock);
                uint32_t state;
                __atomic_thread_fence(5);
                while ((state = __atomic_load_n(event, 5)) & 1)
                    if (change32(event, state, (state + 4) & ~1u)) {
                        futex(event, FUTEX_WAKE, INT32_MAX, NULL);
                        break;
                    }
            }

            static int put(const char *bytes, int32_t length, int64_t type, int32_t priority) {
                begin();
                int32_t count = (length + 63) / 64, b = box->free_block;
                if (box->count == slots_max || box->free_blocks < count)
                    return unlock(box->lock), 0;
                struct slot *slot = box->slots + box->free_slot;
                slot->first = b;
                for (int32_t done = 0; done < length; done += 64, b = link_of[b])
                    memcpy(blocks[b], bytes + done, length - done < 64 ? length - done : 64);
                slot->priority = priority;
                slot->type = type;
                slot->number = box->number;
                slot->length = length;
                in_order(&box->settled, 0);
                in_order(&slot->state, 1);
                box->free_slot = slot->younger;
                box->free_block = b;
                box->free_blocks -= count;
                add(slot - box->slots);
                box->number++;
                in_order(&box->settled, 1);
                end(box->arrived);
                return 1;
            }

            /* The oldest, or the first of the heap. */
            static int32_t take(char *bytes, int64_t *type, int by_priority) {
                begin();
                if (!box->count) return unlock(box->lock), -1;
                int32_t s = by_priority ? heap[0] : box->oldest, last = -1;
                struct slot *slot = box->slots + s;
                int32_t length = slot->length, b = slot->first;
                for (int32_t done = 0; done < length; done += 64, b = link_of[last = b])
                    memcpy(bytes + done, blocks[b], length - done < 64 ? length - done : 64);
                *type = slot->type;
                in_order(&box->settled, 0);
                in_order(&slot->state, 0);
                join_ages(slot->older, slot->younger);
                if (slot->place < --box->count) sink(slot->place, heap[box->count]);
                slot->younger = box->free_slot;
                box->free_slot = s;
                if (last >= 0) {
                    link_of[last] = box->free_block;
                    box->free_block = slot->first;
                    box->free_blocks += needed(slot);
                }
                in_order(&box->settled, 1);
                end(box->room);
                return length;
            }

            /* A number, and bytes that follow from it. */
            static int32_t bytes_of(uint32_t number) { return 4 + number * 31 % 997; }

            static void send(int64_t type, long times) {
                char bytes[1024];
                for (uint32_t number = 0; number != (uint32_t)times; number++) {
                    memset(bytes, number, sizeof bytes);
                    memcpy(bytes, &number, 4);
                    while (!put(bytes, bytes_of(number), type, number % 3)) sched_yield();
                }
            }

            static void receive(unsigned char *seen, long times) {
                unsigned char bytes[1024];
                for (long i = 0; i != times;) {
                    int64_t type;
                    int32_t length = take((char *)bytes, &type, i % 2);
                    if (length < 0) { sched_yield(); continue; }
                    uint32_t number;
                    memcpy(&number, bytes, 4);
                    require(length == bytes_of(number), "length");
                    for (int32_t b = 4; b < length; b++)
                        require(bytes[b] == (unsigned char)number, "torn");
                    __atomic_add_fetch(seen + number, 1, 5);
                    i++;
                }
            }

            static void kill_them(int sends, unsigned char *seen, long times) {
                for (long i = 0; i < times; i++) {
                    int status;
                    pid_t child = fork();
                    if (child == 0) {
                        join();
                        if (sends) send(i, -1);
                        else receive(seen, -1);
                    }
                    usleep(rand() % 1500);
                    kill(child, SIGKILL);
                    waitpid(child, &status, 0);
                    require(WIFSIGNALED(status), "victim");
                }
            }

            int main(int count, char **words) {
                int sends = words[1][0] == 's';
                long times = atol(words[4]);
                map(words[2]);
                find_mailbox();
                unsigned char *seen = (unsigned char *)data + atol(words[3]);
                if (count > 5) {
                    srand(atoi(words[5]));
                    kill_them(sends, seen, times);
                } else {
                    join();
                    if (sends) send(1, times);
                    else receive(seen, times);
                    leave();
                }
                puts("done");
                return 0;
            }
            """;

    private MailboxCPeer() {}

    /// Compiles it.
    static String compile(Path directory) throws IOException, InterruptedException {
        return Command.compile(directory, "mailbox", CPeer.PARTICIPANT + MAILBOX);
    }
}
