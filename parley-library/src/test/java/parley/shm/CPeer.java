package parley.shm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import parley.peer.Command;
import parley.peer.Peer;

/// A program in C that takes part in a region, written from the pages in `docs/wire` alone.
///
/// ```
/// count FILE OFFSET TIMES          locks, adds 1 to both words behind the lock, unlocks
/// victims FILE OFFSET TIMES SEED   so many processes that do so until they are killed; says how
///                                  many had the lock then
/// turns FILE OFFSET TIMES          the same whenever the count is odd
/// hold FILE OFFSET MEBIBYTES       locks, says "holds", and waits to be killed
/// flip FILE OFFSET 0               stores nonsense into the lock and the slots, until it is killed
/// send FILE OFFSET TIMES           sends so many messages into the ring
/// receive FILE OFFSET TIMES        receives so many from the ring
/// senders FILE OFFSET TIMES SEED   so many processes, one after another, that send until they are
///                                  killed
/// receivers FILE OFFSET TIMES SEED the same for receiving
/// write FILE OFFSET TIMES          writes so many bytes into the ring of bytes; each follows from
///                                  its position
/// read FILE OFFSET TIMES           reads so many, and looks at each
/// writers, readers                 as senders and receivers
/// publish FILE OFFSET TIMES        publishes so many messages in the broadcast
/// subscribe FILE OFFSET TIMES      receives from the broadcast until so many were published; says
///                                  how many came and how many were lost
/// publishers, subscribers          as senders and receivers
/// call FILE 0 TIMES                sends so many numbers as requests by the first lane, and looks
///                                  at each reply
/// ```
public final class CPeer {
    /// Taking part in a region, and its lock.
    public static final String PARTICIPANT =
            """
            #include <errno.h>
            #include <fcntl.h>
            #include <sched.h>
            #include <linux/futex.h>
            #include <signal.h>
            #include <stdint.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <sys/mman.h>
            #include <sys/stat.h>
            #include <sys/syscall.h>
            #include <sys/wait.h>
            #include <time.h>
            #include <unistd.h>

            enum { JOINS = 2048, TABLE = 4096, SLOT = 64, LOST = 0xff };
            #define TAG 0x3fffffffu
            #define WAITERS 0x80000000u
            #define INCONSISTENT 0x40000000u

            static const char *file;
            static char *region, *data;
            static uint32_t slots, me;
            static struct { struct robust_list_head head; struct robust_list node; } robust;

            static void require(int holds, const char *what) {
                if (!holds) { perror(what); exit(1); }
            }

            static long futex(uint32_t *word, int op, uint32_t value, struct timespec *time) {
                return syscall(SYS_futex, word, op, value, time, NULL, 0);
            }

            static uint64_t *owner(uint32_t slot) {
                return (uint64_t *)(region + TABLE + slot * SLOT);
            }

            static int lives(uint64_t of) {
                uint32_t life = of;
                return (life & FUTEX_TID_MASK) && !(life & FUTEX_OWNER_DIED);
            }

            static uint32_t tag(uint32_t slot, uint64_t of) {
                return ((uint32_t)(of >> 32) & 0x3fffff) << 8 | (slot + 1);
            }

            static uint64_t next_generation(uint64_t of) {
                return (((of >> 32) + 1) & 0x3fffff) << 32;
            }

            static int change64(uint64_t *at, uint64_t from, uint64_t to) {
                return __atomic_compare_exchange_n(at, &from, to, 0, 5, 5);
            }

            static int change32(uint32_t *at, uint32_t from, uint32_t to) {
                return __atomic_compare_exchange_n(at, &from, to, 0, 5, 5);
            }

            static void map(const char *name) {
                struct stat status;
                file = name;
                int fd = open(file, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
                require(fd >= 0 && fstat(fd, &status) == 0, file);
                region = mmap(NULL, status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
                require(region != MAP_FAILED, "mmap");
                close(fd);
                require(memcmp(region, "\\177PARLEY1", 8) == 0, "magic");
                slots = *(uint32_t *)(region + 24);
                data = region + *(uint64_t *)(region + 32);
            }

            static void join(void) {
                uint64_t life = syscall(SYS_gettid) | FUTEX_WAITERS;
                robust.head.list.next = &robust.node;
                robust.node.next = &robust.head.list;
                long r = syscall(SYS_set_robust_list, &robust.head, sizeof robust.head);
                require(r == 0, "robust");
                uint32_t first = __atomic_load_n((uint32_t *)(region + JOINS), 5);
                int fd = open(file, O_RDWR | O_CLOEXEC); /* for locks: a description of its own */
                for (uint32_t i = 0; i < slots && !me; i++) {
                    uint32_t slot = (first + i) % slots;
                    struct flock one = {F_WRLCK, SEEK_SET, TABLE + slot * SLOT, 1, 0};
                    if (lives(__atomic_load_n(owner(slot), 5))) continue;
                    if (fcntl(fd, F_OFD_SETLK, &one) != 0) continue;
                    uint64_t of = __atomic_load_n(owner(slot), 5);
                    uint64_t free = (uint32_t)of ? next_generation(of) : of;
                    robust.head.futex_offset = (char *)owner(slot) - (char *)&robust.node;
                    if (!lives(of) && change64(owner(slot), of, free | life))
                        me = tag(slot, free);
                }
                require(me != 0, "a slot");
                *(int *)((char *)owner((me & 0xff) - 1) + 12) = getpid();
                __atomic_add_fetch((uint32_t *)(region + JOINS), 1, 5);
                futex((uint32_t *)(region + JOINS), FUTEX_WAKE, INT32_MAX, NULL);
            }

            /* The rest is the kernel's, when this thread ends. */
            static void leave(void) {
                uint32_t slot = (me & 0xff) - 1;
                ((int *)((char *)owner(slot) + 16))[(me >> 8) % 8] = (me >> 8) + 1;
            }

            static int is_alive(uint32_t of) {
                uint32_t slot = (of & 0xff) - 1;
                if (slot >= slots) return 0;
                uint64_t now = __atomic_load_n(owner(slot), 5);
                return lives(now) && tag(slot, now) == of;
            }

            /* 1: an owner died; -1: another has it */
            static int try_lock(uint32_t *word, uint32_t waited) {
                for (;;) {
                    uint32_t state = __atomic_load_n(word, 5), of = state & TAG;
                    require(of != LOST, "lost");
                    if (of != 0 && is_alive(of)) return -1;
                    uint32_t died = of ? INCONSISTENT : 0;
                    uint32_t next = me | waited | died | (state & (WAITERS | INCONSISTENT));
                    if (change32(word, state, next)) return !!(next & INCONSISTENT);
                }
            }

            static int lock(uint32_t *word) {
                struct timespec soon = {0, 2000000}; /* instead of watching the others' lives */
                uint32_t waited = 0;
                for (;;) {
                    int got = try_lock(word, waited);
                    if (got >= 0) return got;
                    uint32_t state = __atomic_load_n(word, 5);
                    if (state & WAITERS || change32(word, state, state | WAITERS)) {
                        futex(word, FUTEX_WAIT, state | WAITERS, &soon);
                        waited = WAITERS;
                    }
                }
            }

            static void unlock(uint32_t *word) {
                uint32_t state;
                do {
                    state = __atomic_load_n(word, 5);
                    require((state & TAG) == me, "not mine");
                } while (!change32(word, state, state & INCONSISTENT ? LOST : 0));
                if (state & WAITERS) futex(word, FUTEX_WAKE, 1, NULL);
            }

            """;

    /// One side of a ring and the other, from [#PARTICIPANT] on; who sends can be stopped in
    /// between.
    public static final String RING =
            """
            struct ring {
                uint32_t sender[16], receiver[16], capacity, unused[31];
                uint64_t sent_bytes, sent, unused2[14];
                uint64_t taken_bytes, released_bytes, taken, logged, unused3[12];
                char data[];
            };

            static uint32_t *word_at(struct ring *ring, uint64_t position) {
                return (uint32_t *)(ring->data + (position & (ring->capacity - 1)));
            }

            static uint64_t record(struct ring *ring, uint64_t position, uint32_t word) {
                if ((int32_t)word < 0) return -(int32_t)word;
                require(word >= 8 && (position & (ring->capacity - 1)) + word <= ring->capacity,
                        "record");
                return (word + 7) & ~7u;
            }

            static void take_role(uint32_t *role) {
                if (lock(role)) __atomic_and_fetch(role, ~INCONSISTENT, 5);
            }

            /* Whose sender was killed is gone on with behind its last record. */
            static uint64_t end_of(struct ring *ring) {
                uint64_t at, from;
                do {
                    uint32_t word;
                    at = from = __atomic_load_n(&ring->taken_bytes, __ATOMIC_ACQUIRE);
                    while ((word = __atomic_load_n(word_at(ring, at), __ATOMIC_ACQUIRE)))
                        at += record(ring, at, word);
                } while ((int64_t)(__atomic_load_n(&ring->taken_bytes, 5) - at) > 0);
                return at;
            }

            /* A message: who sends, its number, and bytes that follow from it. */
            static uint32_t bytes_of(uint32_t number, struct ring *ring) {
                return 8 + number * 31 % (ring->capacity / 2 - 15);
            }

            /* Where to stop itself: once, at a place of the first message from a number on. */
            static int stop_at;
            static uint32_t stop_from;

            static void mark(int place, uint32_t number) {
                if (place != stop_at || number < stop_from) return;
                stop_at = 0;
                raise(SIGSTOP);
            }

            static void send_all(struct ring *ring, uint32_t who, long times) {
                uint64_t at = end_of(ring), sent = ring->sent;
                for (uint32_t number = 0; number != times; number++) {
                    uint32_t bytes = bytes_of(number, ring), size = (bytes + 15) & ~7u;
                    uint32_t rest = ring->capacity - (at & (ring->capacity - 1));
                    uint32_t padding = size > rest ? rest : 0, half = (bytes - 8) / 2;
                    mark(1, number);
                    while ((int64_t)(at + padding + size + 8 - ring->capacity
                            - __atomic_load_n(&ring->released_bytes, __ATOMIC_ACQUIRE)) > 0)
                        sched_yield();
                    mark(2, number);
                    if (padding) {
                        mark(3, number);
                        *word_at(ring, 0) = 0;
                        mark(4, number);
                        __atomic_store_n(word_at(ring, at), -padding, __ATOMIC_RELEASE);
                        mark(5, number);
                        at += padding;
                    }
                    char *payload = (char *)word_at(ring, at) + 8;
                    mark(6, number);
                    memcpy(payload, &who, 4);
                    mark(7, number);
                    memcpy(payload + 4, &number, 4);
                    memset(payload + 8, number, half);
                    mark(8, number);
                    memset(payload + 8 + half, number, bytes - 8 - half);
                    mark(9, number);
                    *word_at(ring, at + size) = 0;
                    mark(10, number);
                    __atomic_store_n(word_at(ring, at), bytes + 8, __ATOMIC_RELEASE);
                    mark(11, number);
                    ring->sent_bytes = at += size;
                    mark(12, number);
                    ring->sent = ++sent;
                    mark(13, number);
                }
            }

            /* The number of the last message is logged: the next one is one more, or perhaps two,
               as who was killed may have taken one more than he logged. */
            static int take_one(struct ring *ring, uint64_t *at, int *perhaps) {
                uint32_t word = __atomic_load_n(word_at(ring, *at), __ATOMIC_ACQUIRE), number;
                if (word == 0) return 0;
                uint64_t size = record(ring, *at, word);
                if ((int32_t)word > 0) {
                    unsigned char *payload = (unsigned char *)word_at(ring, *at) + 8;
                    memcpy(&number, payload + 4, 4);
                    uint64_t one_more = number - ring->logged;
                    require(one_more == 1 || (*perhaps && one_more == 2), "number");
                    require(word - 8 == bytes_of(number, ring), "length");
                    for (uint32_t b = 8; b < word - 8; b++)
                        require(payload[b] == (unsigned char)number, "torn");
                    ring->taken++;
                    *perhaps = 0;
                }
                __atomic_store_n(&ring->taken_bytes, *at + size, __ATOMIC_RELEASE);
                if ((int32_t)word > 0) {
                    *(volatile uint64_t *)&ring->logged = number;
                    if (number % 2) memset(word_at(ring, *at), 0, size);
                }
                __atomic_store_n(&ring->released_bytes, *at += size, __ATOMIC_RELEASE);
                return (int32_t)word > 0;
            }
            """;

    private static final String USES =
            """
            /* Behind the lock: two counters that are equal, unless somebody has it. */
            static void once(uint32_t *word) {
                volatile uint64_t *both = (uint64_t *)((char *)word + 64);
                if (lock(word)) {
                    both[0] = both[1] = both[0] > both[1] ? both[0] : both[1];
                    __atomic_and_fetch(word, ~INCONSISTENT, 5);
                }
                require(both[0] == both[1], "halves");
                both[0]++;
                both[1]++;
                unlock(word);
            }

            static unsigned long victims(const char *file, long offset, long times) {
                unsigned long held = 0;
                map(file);
                for (long i = 0; i < times; i++) {
                    pid_t child = fork();
                    if (child == 0) {
                        join();
                        for (;;) once((uint32_t *)(data + offset));
                    }
                    usleep(rand() % 1500);
                    kill(child, SIGKILL);
                    waitpid(child, NULL, 0);
                    held += (*(volatile uint32_t *)(data + offset) & TAG) != 0;
                }
                return held;
            }

            static void send(struct ring *ring, uint32_t who, long times) {
                take_role(ring->sender);
                send_all(ring, who, times);
                unlock(ring->sender);
            }

            static void receive(struct ring *ring, uint32_t who, long times) {
                take_role(ring->receiver);
                uint64_t at = ring->taken_bytes;
                ring->released_bytes = at;
                for (int perhaps = 1; times != 0;) {
                    if (take_one(ring, &at, &perhaps)) times -= times > 0;
                    else sched_yield();
                }
                unlock(ring->receiver);
            }

            static uint64_t load(uint64_t *position) {
                return __atomic_load_n(position, __ATOMIC_ACQUIRE);
            }

            static void store(uint64_t *position, uint64_t to) {
                __atomic_store_n(position, to, __ATOMIC_RELEASE);
            }

            /* A byte of a stream follows from its position. */
            static char byte_at(uint64_t position) {
                return position * 0x9e3779b97f4a7c15u >> 56;
            }

            static void write_bytes(struct ring *ring, uint32_t who, long times) {
                take_role(ring->sender);
                uint64_t at = ring->sent_bytes;
                while (times != 0) {
                    long room = ring->capacity - (at - load(&ring->taken_bytes));
                    if (room == 0) { sched_yield(); continue; }
                    long count = 1 + rand() % room;
                    if (times > 0 && count > times) count = times;
                    for (long i = 0; i < count; i++)
                        ring->data[(at + i) & (ring->capacity - 1)] = byte_at(at + i);
                    store(&ring->sent_bytes, at += count);
                    if (times > 0) times -= count;
                }
                unlock(ring->sender);
            }

            static void read_bytes(struct ring *ring, uint32_t who, long times) {
                take_role(ring->receiver);
                uint64_t at = ring->taken_bytes;
                while (times != 0) {
                    uint64_t count = load(&ring->sent_bytes) - at;
                    require(count <= ring->capacity, "position");
                    if (count == 0) { sched_yield(); continue; }
                    count = 1 + rand() % count;
                    for (uint64_t i = at; i < at + count; i++)
                        require(ring->data[i & (ring->capacity - 1)] == byte_at(i), "byte");
                    store(&ring->taken_bytes, at += count);
                    if (times > 0) times -= count;
                }
                unlock(ring->receiver);
            }

            struct broadcast {
                uint32_t publisher[16], room, unused;
                uint64_t publishers, joined, dropped, unused2[4];
                uint32_t capacity, places, when_slow, unused3[29];
                uint64_t end, published, unused4[14];
                uint64_t oldest, unused5[15];
                char data[];
            };

            struct place {
                uint32_t lock[16];
                uint64_t position, lost, unused[6];
            };

            static uint64_t *header_at(struct broadcast *b, uint64_t position) {
                return (uint64_t *)(b->data + (position & (b->capacity - 1)));
            }

            static struct place *place_of(struct broadcast *b, uint32_t n) {
                return (struct place *)(b->data + b->capacity + 256) + n;
            }

            static uint64_t record_at(struct broadcast *b, uint64_t position, uint64_t header) {
                int32_t word = (int32_t)header;
                if (word < 0) return -word;
                require(word >= 8 && (position & (b->capacity - 1)) + word <= b->capacity,
                        "record");
                return (word + 7) & ~7u;
            }

            static void wake(uint32_t *event) {
                __atomic_thread_fence(5);
                uint32_t state;
                while ((state = __atomic_load_n(event, 5)) & 1)
                    if (change32(event, state, (state + 4) & ~1u))
                        futex(event, FUTEX_WAKE, INT32_MAX, NULL);
            }

            static uint64_t slowest(struct broadcast *b, uint64_t at) {
                for (uint32_t n = 0; b->when_slow == 1 && n < b->places; n++) {
                    struct place *place = place_of(b, n);
                    uint32_t of = __atomic_load_n(place->lock, 5) & TAG;
                    uint64_t position = load(&place->position);
                    if (of && is_alive(of) && (int64_t)(position - at) < 0) at = position;
                }
                return at;
            }

            /* How far one may write by now. */
            static uint64_t make_room(struct broadcast *b, uint64_t at, uint64_t end) {
                uint64_t needed = end - b->capacity, oldest = b->oldest;
                if ((int64_t)(slowest(b, at) - needed) < 0) return at;
                while ((int64_t)(oldest - needed) < 0)
                    oldest += record_at(b, oldest, *header_at(b, oldest));
                store(&b->oldest, oldest);
                __atomic_thread_fence(5);
                uint64_t limit = slowest(b, at);
                return ((int64_t)(limit - oldest) > 0 ? oldest : limit) + b->capacity;
            }

            /* A message: unused, its number, and bytes that follow from it. */
            static uint32_t broadcast_bytes(uint32_t number, struct broadcast *b) {
                return 8 + number * 31 % (b->capacity / 2 - 15);
            }

            static void publish_all(struct ring *ring, uint32_t who, long times) {
                struct broadcast *b = (struct broadcast *)ring;
                take_role(b->publisher);
                __atomic_add_fetch(&b->publishers, 1, 5);
                uint64_t at = b->end, limit = at, header, published = b->published;
                while ((int32_t)(header = load(header_at(b, at)))) {
                    if ((int32_t)header > 0)
                        published += (int32_t)((uint32_t)(header >> 32) - (uint32_t)published) + 1;
                    at += record_at(b, at, header);
                }
                b->published = published;
                store(&b->end, at);
                for (; published != (uint64_t)times; published++) {
                    uint32_t bytes = broadcast_bytes(published, b), size = (bytes + 15) & ~7u;
                    uint32_t rest = b->capacity - (at & (b->capacity - 1));
                    uint32_t padding = size > rest ? rest : 0;
                    while ((int64_t)(at + padding + size + 8 - limit) > 0) {
                        limit = make_room(b, at, at + padding + size + 8);
                        if (limit == at) sched_yield();
                    }
                    if (padding) {
                        *header_at(b, 0) = 0;
                        store(header_at(b, at), published << 32 | (uint32_t)-padding);
                        store(&b->end, at += padding);
                    }
                    char *payload = (char *)header_at(b, at) + 8;
                    memset(payload, published, bytes);
                    memcpy(payload + 4, &published, 4);
                    *header_at(b, at + size) = 0;
                    store(header_at(b, at), published << 32 | (bytes + 8));
                    b->published = published + 1;
                    store(&b->end, at += size);
                    uint32_t *events = (uint32_t *)(b->data + b->capacity);
                    for (uint32_t n = 0; n < b->places; n++) wake(events + n);
                }
                unlock(b->publisher);
            }

            /* The number of the message at the position where one joins or goes on. */
            static uint64_t begin(struct broadcast *b, struct place *place, uint64_t *from) {
                for (;;) {
                    uint64_t at = load(from);
                    store(&place->position, at);
                    __atomic_thread_fence(5);
                    uint64_t published = load(&b->published), header = load(header_at(b, at));
                    __atomic_thread_fence(__ATOMIC_ACQUIRE);
                    if ((int64_t)(load(&b->oldest) - at) > 0) continue;
                    if (!(int32_t)header) return published;
                    return published + (int32_t)((uint32_t)(header >> 32) - (uint32_t)published);
                }
            }

            static void subscribe(struct ring *ring, uint32_t who, long times) {
                struct broadcast *b = (struct broadcast *)ring;
                struct place *place;
                uint32_t n = 0;
                while (try_lock((place = place_of(b, n))->lock, 0) < 0) n = (n + 1) % b->places;
                __atomic_and_fetch(place->lock, ~INCONSISTENT, 5);
                unsigned char *copy = malloc(b->capacity);
                uint64_t next = begin(b, place, &b->end), received = 0, lost = 0;
                __atomic_add_fetch(&b->joined, 1, 5);
                wake(&b->room);
                while (next != (uint64_t)times) {
                    uint64_t at = place->position, header = load(header_at(b, at));
                    int32_t word = header;
                    int fits = word >= 8 && (at & (b->capacity - 1)) + word <= b->capacity;
                    if (fits) memcpy(copy, (char *)header_at(b, at) + 8, word - 8);
                    __atomic_thread_fence(__ATOMIC_ACQUIRE);
                    if (b->when_slow != 1 && (int64_t)(load(&b->oldest) - at) > 0) {
                        uint64_t now = begin(b, place, &b->oldest);
                        lost += now - next;
                        next = now;
                        continue;
                    }
                    if (word == 0) { sched_yield(); continue; }
                    uint64_t size = record_at(b, at, header);
                    if (word > 0) {
                        uint32_t number;
                        memcpy(&number, copy + 4, 4);
                        require(number == (uint32_t)next, "number");
                        require(number == header >> 32, "number in the header");
                        require(word - 8u == broadcast_bytes(number, b), "length");
                        for (int32_t i = 8; i < word - 8; i++)
                            require(copy[i] == (unsigned char)number, "torn");
                        next++;
                        received++;
                    }
                    store(&place->position, at + size);
                    wake(&b->room);
                }
                printf("%lu %lu\\n", (unsigned long)received, (unsigned long)lost);
                unlock(place->lock);
                wake(&b->room);
            }

            /* Where a message of a ring can be written; then it is put there. */
            static char *claim(struct ring *ring, uint64_t *at, uint32_t bytes) {
                uint32_t size = (bytes + 15) & ~7u;
                uint32_t rest = ring->capacity - (*at & (ring->capacity - 1));
                uint32_t padding = size > rest ? rest : 0;
                while ((int64_t)(*at + padding + size + 8 - ring->capacity
                        - __atomic_load_n(&ring->released_bytes, __ATOMIC_ACQUIRE)) > 0)
                    sched_yield();
                if (padding) {
                    *word_at(ring, 0) = 0;
                    __atomic_store_n(word_at(ring, *at), -padding, __ATOMIC_RELEASE);
                    *at += padding;
                }
                return (char *)word_at(ring, *at) + 8;
            }

            static void publish(struct ring *ring, uint64_t *at, uint32_t bytes) {
                uint32_t size = (bytes + 15) & ~7u;
                *word_at(ring, *at + size) = 0;
                __atomic_store_n(word_at(ring, *at), bytes + 8, __ATOMIC_RELEASE);
                ring->sent_bytes = *at += size;
                ring->sent++;
            }

            struct lane {
                uint32_t replied, request_room, reply_room, unused;
                uint64_t abandoned, inherited, unused2[4], last, unused3[7];
            };

            struct reply { uint64_t number, kind; int64_t answer; };

            /* The next reply, of whatever request. */
            static uint32_t next_reply(struct ring *ring, struct reply *reply) {
                for (;;) {
                    uint64_t at = ring->taken_bytes;
                    uint32_t word = __atomic_load_n(word_at(ring, at), __ATOMIC_ACQUIRE);
                    if (word == 0) { sched_yield(); continue; }
                    uint64_t size = record(ring, at, word);
                    int is_reply = (int32_t)word > 0;
                    if (is_reply) {
                        require(word - 8 <= sizeof *reply, "reply");
                        memcpy(reply, (char *)word_at(ring, at) + 8, word - 8);
                    }
                    store(&ring->taken_bytes, at + size);
                    store(&ring->released_bytes, at + size);
                    if (is_reply) return word - 8;
                }
            }

            /* A number is answered by its complement, an even one in four parts. */
            static void call(struct ring *unused, uint32_t who, long times) {
                uint32_t shape = *(uint64_t *)(region + 16) >> 32;
                struct lane *lane = (struct lane *)(data + 64);
                struct ring *requests = (struct ring *)(lane + 1);
                struct ring *replies =
                    (struct ring *)(requests->data + (1u << (shape >> 6 & 31)));
                require(replies->capacity == 1u << (shape >> 11 & 31), "capacity");
                take_role(requests->sender);
                take_role(replies->receiver);
                lane->abandoned = lane->last;
                uint64_t at = end_of(requests);
                replies->released_bytes = replies->taken_bytes;
                for (int64_t number = 0; number < times; number++) {
                    uint64_t id = __atomic_add_fetch(&lane->last, 1, 5);
                    uint64_t request[] = {id, 0, number};
                    struct reply reply = {0, 0, 0};
                    memcpy(claim(requests, &at, sizeof request), request, sizeof request);
                    publish(requests, &at, sizeof request);
                    wake((uint32_t *)data);
                    for (int parts = number % 2 ? 1 : 4; parts > 0; parts--) {
                        do {
                            require(next_reply(replies, &reply) == sizeof reply, "length");
                            wake(&lane->reply_room);
                        } while (reply.number != id);
                        require(reply.kind == (parts == 1 ? 2 : 1), "kind");
                        require(reply.answer == ~number, "answer");
                    }
                }
                unlock(replies->receiver);
                unlock(requests->sender);
            }

            typedef void work(struct ring *, uint32_t who, long times);

            static const struct { const char *name; work *work; } works[] = {
                {"send", send}, {"receive", receive}, {"write", write_bytes}, {"read", read_bytes},
                {"publish", publish_all}, {"subscribe", subscribe}, {"call", call}
            };

            static work *work_of(const char *word) {
                for (int i = 0; i < 7; i++)
                    if (strncmp(word, works[i].name, strlen(works[i].name)) == 0)
                        return works[i].work;
                return NULL;
            }

            static void ring_victims(work *work, long offset, long times) {
                struct ring *ring = (struct ring *)(data + offset);
                for (long i = 0; i < times; i++) {
                    pid_t child = fork();
                    if (child == 0) {
                        srand(i);
                        join();
                        work(ring, i, -1);
                    }
                    int status;
                    usleep(rand() % 1500);
                    kill(child, SIGKILL);
                    waitpid(child, &status, 0);
                    require(WIFSIGNALED(status), "victim");
                }
            }

            int main(int count, char **words) {
                long offset = atol(words[3]), times = atol(words[4]);
                work *work = work_of(words[1]);
                if (work && strcmp(words[1] + strlen(words[1]) - 2, "rs") == 0) {
                    srand(atoi(words[5]));
                    map(words[2]);
                    ring_victims(work, offset, times);
                    puts("done");
                    return 0;
                }
                if (strcmp(words[1], "victims") == 0) {
                    srand(atoi(words[5]));
                    printf("%lu\\n", victims(words[2], offset, times));
                    return 0;
                }
                map(words[2]);
                join();
                uint32_t *word = (uint32_t *)(data + offset);
                if (strcmp(words[1], "hold") == 0) {
                    char *memory = malloc(times << 20);
                    memset(memory, 1, times << 20);
                    lock(word);
                    puts("holds");
                    fflush(stdout);
                    pause();
                }
                if (strcmp(words[1], "flip") == 0) {
                    volatile uint32_t *slot_words = (uint32_t *)(region + TABLE);
                    for (;;) {
                        *(volatile uint32_t *)word = rand() * 2u;
                        for (int i = 0; i < 100; i++)
                            slot_words[rand() % (16 * slots)] = rand() * 2u;
                    }
                }
                if (strcmp(words[1], "turns") == 0) {
                    for (volatile uint64_t *turn = (uint64_t *)((char *)word + 64); times;) {
                        lock(word);
                        if (turn[0] % 2) { turn[0]++; turn[1]++; times--; }
                        unlock(word);
                    }
                }
                if (work) work((struct ring *)(data + offset), 0, times);
                else for (long i = 0; i < times; i++) once(word);
                leave();
                puts("done");
                return 0;
            }
            """;

    private CPeer() {}

    /// Compiles it.
    static String compile(Path directory) throws IOException, InterruptedException {
        return Command.compile(directory, "peer", PARTICIPANT + RING + USES);
    }

    /// Starts one.
    public static Peer start(String program, Object... arguments) throws IOException {
        var words = new ArrayList<>(List.of(program));
        for (var argument : arguments) {
            words.add(argument.toString());
        }
        return Peer.start(words);
    }
}
