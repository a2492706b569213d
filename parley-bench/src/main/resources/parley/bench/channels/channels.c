/* One process of a channel: what the Java class ChannelProcess does, in C.
 *
 *   channels MECHANISM
 *
 * Descriptor 3 is a pipe that nobody writes: when it ends, so does this process. 4 and 5 are both
 * ends of a pipe from senders to receivers, 6 and 7 those of a pipe back. It reads lines, and
 * answers with 64-bit numbers in the machine's order:
 *
 *   open ROLE INDEX SENDERS DIRECTORY BYTES SPINS   0 when it is open; receivers come first
 *   trips COUNT           a sender: messages there and back, the nanoseconds of each
 *   echo COUNT            a receiver: 0 when it begins to send back what comes
 *   send COUNT            a sender: 0 when so many messages are sent
 *   receive COUNT         a receiver: 0 when it begins; then the nanoseconds from the first messages
 *                         to the last of all senders', how many came in this time, 0 lost, and 0
 *   close                 0
 *
 * Whoever has nothing to do looks again SPINS times before it gives up its processor.
 *
 * A message begins and ends with a word: the sender's index, and the message's number. The receiver
 * copies all of it, and looks at both words.
 *
 * A second thread waits for the end all the time. It is there because a JVM has many: the kernel
 * is quicker for a process with only one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LIFE = 3, THERE_OUT = 4, THERE_IN = 5, BACK_OUT = 6, BACK_IN = 7 };
enum { BYTES_MAX = 16384, SENDERS_MAX = 16, INDEX_SHIFT = 48, NAME_BYTES = 200 };

static _Alignas(64) char outgoing[BYTES_MAX];
static _Alignas(64) char incoming[BYTES_MAX];
static size_t bytes;
static int is_sender, own_index, senders, spins;
static char directory[NAME_BYTES];

static void require(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "channels: %s: %s\n", what, strerror(errno));
        _exit(1);
    }
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static inline void relax(void)
{
#if defined __x86_64__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("isb");
#endif
}

static inline void wait_a_little(int turn)
{
    if (turn < spins)
        relax();
    else
        sched_yield();
}

/* What has come: each sender's next number, and how many are still to come. */

static uint64_t expected[SENDERS_MAX];
static int64_t left;

static inline void took_one(void)
{
    uint64_t first, last;
    memcpy(&first, incoming, sizeof first);
    memcpy(&last, incoming + bytes - sizeof last, sizeof last);
    uint64_t *next = &expected[first >> INDEX_SHIFT & (SENDERS_MAX - 1)];
    if (__builtin_expect(first != *next || last != first, 0))
        require(0, "a message is not the next one, or not whole");
    *next = first + 1;
    left--;
}

static inline void number_outgoing(uint64_t number)
{
    uint64_t word = ((uint64_t)own_index << INDEX_SHIFT) + number;
    memcpy(outgoing, &word, sizeof word);
    memcpy(outgoing + bytes - sizeof word, &word, sizeof word);
}

/* Memory of both, made by the first receiver */

static char *shared;
static size_t shared_bytes;

static void map_shared(size_t length)
{
    char path[NAME_BYTES + 10];
    snprintf(path, sizeof path, "%s/memory", directory);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    require(file >= 0, path);
    require(ftruncate(file, length) == 0, "ftruncate");
    shared = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
    require(shared != MAP_FAILED, "mmap");
    shared_bytes = length;
    close(file);
}

static void unmap_shared(void)
{
    munmap(shared, shared_bytes);
}

/* line: a word for each direction on a cache line of its own. Nothing can be quicker, and nothing
 * is carried: the limit. futex: the same with sleeping. */

enum { LINE = 128 };

static _Atomic uint32_t *word_in, *word_out;
static uint32_t seen;

static void open_words(void)
{
    map_shared(4096);
    word_in = (_Atomic uint32_t *)(shared + (is_sender ? LINE : 0));
    word_out = (_Atomic uint32_t *)(shared + (is_sender ? 0 : LINE));
    seen = 0;
}

static int line_send(void)
{
    uint32_t next = atomic_load_explicit(word_out, memory_order_relaxed) + 1;
    atomic_store_explicit(word_out, next, memory_order_release);
    return 1;
}

static int line_receive(void)
{
    for (int turn = 0; atomic_load_explicit(word_in, memory_order_acquire) == seen; turn++)
        wait_a_little(turn);
    seen++;
    return 1;
}

static int futex_send(void)
{
    atomic_fetch_add(word_out, 1);
    require(syscall(SYS_futex, word_out, FUTEX_WAKE, 1, NULL, NULL, 0) >= 0, "FUTEX_WAKE");
    return 1;
}

static int futex_receive(void)
{
    while (atomic_load(word_in) == seen)
        syscall(SYS_futex, word_in, FUTEX_WAIT, seen, NULL, NULL, 0);
    seen++;
    return 1;
}

/* ring: the best that we know. The record's own length says that it is there, so that a message
 * is one cache line's way and not two. The receiver keeps away from lines that are being written:
 * after an empty look it waits, the longer the more came at once before. It clears what it has
 * read, up to CLEARED_BYTES_MAX: the sender then finds lines that nobody shares. */

enum { RING_BYTES = 1 << 20, CLEARED_BYTES_MAX = 4096, PAUSES_MAX = 256 };
enum { SHORT_BYTES = 64, SHORT_HEADER = 8, LONG_BYTES = 1024, LONG_HEADER = 64 };

static const uint64_t TO_THE_END = 1; /* as a length: go on at the beginning */

struct ring {
    _Alignas(LINE) _Atomic uint64_t read; /* bytes that the receiver has done with */
    _Alignas(LINE) char data[RING_BYTES];
};

static struct ring *ring_in, *ring_out;
static uint64_t write_position, read_position, read_seen;
static int pauses;
static size_t header_bytes; /* of long messages a cache line, so that they are aligned */

static void open_ring(void)
{
    map_shared(2 * sizeof(struct ring));
    struct ring *rings = (struct ring *)shared;
    ring_out = is_sender ? &rings[0] : &rings[1];
    ring_in = is_sender ? &rings[1] : &rings[0];
    write_position = read_position = read_seen = 0;
    pauses = 0;
    header_bytes = bytes < LONG_BYTES ? SHORT_HEADER : LONG_HEADER;
}

static inline _Atomic uint64_t *header_at(struct ring *ring, uint64_t position)
{
    return (_Atomic uint64_t *)(ring->data + (position & (RING_BYTES - 1)));
}

static inline int has_room(size_t needed)
{
    if (write_position + needed - read_seen <= RING_BYTES)
        return 1;
    read_seen = atomic_load_explicit(&ring_out->read, memory_order_acquire);
    return write_position + needed - read_seen <= RING_BYTES;
}

static inline size_t record_bytes(size_t length)
{
    return header_bytes + ((length + header_bytes - 1) & ~(header_bytes - 1));
}

/* Apart, as the compiler has instructions of its own for what is short, and they are slower. */
static __attribute__((noinline)) void clear_many(char *from, size_t count)
{
    memset(from, 0, count);
}

/* A line at a time: a call of the library's memcpy would take longer than all else. */
static inline void copy(char *to, const char *from)
{
    size_t done = 0;
    for (; done + SHORT_BYTES <= bytes; done += SHORT_BYTES)
        memcpy(to + done, from + done, SHORT_BYTES);
    memcpy(to + done, from + done, bytes - done);
}

static inline void clear(char *record)
{
    if (bytes == SHORT_BYTES)
        memset(record, 0, SHORT_HEADER + SHORT_BYTES);
    else if (bytes <= CLEARED_BYTES_MAX)
        clear_many(record, record_bytes(bytes));
}

/* Publishes a record behind which the next length is 0: cleared by the receiver, or now. */
static inline void publish(uint64_t length, size_t record)
{
    if (bytes > CLEARED_BYTES_MAX)
        atomic_store_explicit(
            header_at(ring_out, write_position + record), 0, memory_order_relaxed);
    atomic_store_explicit(
        header_at(ring_out, write_position), length << 8 | 1, memory_order_release);
    write_position += record;
}

static int ring_send(void)
{
    size_t record = record_bytes(bytes);
    size_t to_the_end = RING_BYTES - (write_position & (RING_BYTES - 1));
    if (record + header_bytes > to_the_end) {
        if (!has_room(to_the_end + header_bytes))
            return 0;
        publish(TO_THE_END, to_the_end);
    }
    if (!has_room(record + header_bytes))
        return 0;
    copy((char *)header_at(ring_out, write_position) + header_bytes, outgoing);
    publish(bytes, record);
    return 1;
}

static int ring_receive(void)
{
    int taken = 0;
    uint64_t start = read_position;
    while (read_position - start < RING_BYTES / 4) {
        uint64_t header =
            atomic_load_explicit(header_at(ring_in, read_position), memory_order_acquire);
        if (header == 0)
            break;
        uint64_t length = header >> 8;
        if (length == TO_THE_END) {
            size_t rest = RING_BYTES - (read_position & (RING_BYTES - 1));
            memset((char *)header_at(ring_in, read_position), 0, rest);
            read_position += rest;
            continue;
        }
        require(length == bytes, "length");
        char *record = (char *)header_at(ring_in, read_position);
        copy(incoming, record + header_bytes);
        clear(record);
        read_position += record_bytes(length);
        taken++;
        took_one();
    }
    if (read_position != start)
        atomic_store_explicit(&ring_in->read, read_position, memory_order_release);
    if (taken == 0) {
        for (int i = 0; i < pauses; i++)
            relax();
    } else if (taken >= 3) {
        pauses = 2 * pauses + 1 < PAUSES_MAX ? 2 * pauses + 1 : PAUSES_MAX;
    } else if (taken == 1) {
        pauses /= 2;
    }
    return taken;
}

/* pipe, unix: the kernel carries it */

static int in, out;

static void open_pipe(void)
{
    in = is_sender ? BACK_OUT : THERE_OUT;
    out = is_sender ? THERE_IN : BACK_IN;
}

static int listening;

static void open_unix(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int r = snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", directory);
    require(r > 0 && (size_t)r < sizeof address.sun_path, "too long a directory");
    int socket_there = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(socket_there >= 0, "socket");
    if (is_sender) {
        require(connect(socket_there, (struct sockaddr *)&address, sizeof address) == 0, "connect");
        in = out = socket_there;
    } else {
        require(bind(socket_there, (struct sockaddr *)&address, sizeof address) == 0, "bind");
        require(listen(socket_there, 1) == 0, "listen");
        listening = socket_there;
        in = out = -1;
    }
}

/* The sender is connected before it is accepted, so that one can be told to open after the other. */
static void accept_once(void)
{
    if (in < 0) {
        in = out = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
        require(in >= 0, "accept");
        close(listening);
    }
}

static int stream_send(void)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t r = write(out, outgoing + done, bytes - done);
        require(r > 0, "write");
        done += r;
    }
    return 1;
}

static int stream_receive(void)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t r = read(in, incoming + done, bytes - done);
        require(r > 0, "read");
        done += r;
    }
    took_one();
    return 1;
}

static int unix_receive(void)
{
    accept_once();
    return stream_receive();
}

static void close_unix(void)
{
    accept_once();
    close(in);
}

static void nothing_to_close(void)
{
}

/* The verbs. Each mechanism has loops of its own, so that no call in them is indirect. Send and
 * receive say how many messages they have moved: 0 if they could not. */

#define ALWAYS_INLINE inline __attribute__((always_inline))

static void tell(const int64_t *numbers, size_t count)
{
    require(fwrite(numbers, sizeof *numbers, count, stdout) == count, "stdout");
    fflush(stdout);
}

static void tell_zero(void)
{
    int64_t zero = 0;
    tell(&zero, 1);
}

static ALWAYS_INLINE void send_one(int (*send)(void), uint64_t number)
{
    number_outgoing(number);
    for (int turn = 0; send() == 0; turn++)
        wait_a_little(turn);
}

static ALWAYS_INLINE int receive_some(int (*receive)(void))
{
    int taken;
    for (int turn = 0; (taken = receive()) == 0; turn++)
        wait_a_little(turn);
    return taken;
}

static void expect(size_t count)
{
    for (int i = 0; i < SENDERS_MAX; i++)
        expected[i] = (uint64_t)i << INDEX_SHIFT;
    left = (int64_t)count;
}

static ALWAYS_INLINE void trips(int (*send)(void), int (*receive)(void), size_t count)
{
    int64_t *nanos = malloc(count * sizeof *nanos);
    require(nanos != NULL, "malloc");
    memset(nanos, 0, count * sizeof *nanos); /* no page is missing during a trip */
    expect(count);
    for (size_t i = 0; i < count; i++) {
        int64_t start = now();
        send_one(send, i);
        receive_some(receive);
        nanos[i] = now() - start;
    }
    tell(nanos, count);
    free(nanos);
}

static ALWAYS_INLINE void echo(int (*send)(void), int (*receive)(void), size_t count)
{
    expect(count);
    tell_zero();
    for (size_t i = 0; i < count; i++) {
        receive_some(receive);
        send_one(send, i);
    }
}

static ALWAYS_INLINE void send_many(int (*send)(void), size_t count)
{
    for (size_t i = 0; i < count; i++)
        send_one(send, i);
    tell_zero();
}

static ALWAYS_INLINE void receive_many(int (*receive)(void), size_t count)
{
    expect(count * senders);
    tell_zero();
    int64_t uncounted = receive_some(receive);
    int64_t start = now();
    while (left > 0)
        receive_some(receive);
    int64_t numbers[] = {now() - start, count * senders - uncounted, 0, 0};
    tell(numbers, 4);
}

#define VERBS_FOR(kind, send, receive)                                                             \
    static void kind##_verb(const char *verb, size_t count)                                        \
    {                                                                                              \
        if (strcmp(verb, "trips") == 0)                                                            \
            trips(send, receive, count);                                                           \
        else if (strcmp(verb, "echo") == 0)                                                        \
            echo(send, receive, count);                                                            \
        else if (strcmp(verb, "send") == 0)                                                        \
            send_many(send, count);                                                                \
        else if (strcmp(verb, "receive") == 0)                                                     \
            receive_many(receive, count);                                                          \
        else                                                                                       \
            require(0, verb);                                                                      \
    }
VERBS_FOR(line, line_send, line_receive)
VERBS_FOR(futex, futex_send, futex_receive)
VERBS_FOR(ring, ring_send, ring_receive)
VERBS_FOR(pipe, stream_send, stream_receive)
VERBS_FOR(unix, stream_send, unix_receive)

static const struct mechanism {
    const char *name;
    void (*open)(void);
    void (*do_verb)(const char *verb, size_t count);
    void (*close)(void);
} mechanisms[] = {
    {"line", open_words, line_verb, unmap_shared},
    {"futex", open_words, futex_verb, unmap_shared},
    {"ring", open_ring, ring_verb, unmap_shared},
    {"pipe", open_pipe, pipe_verb, nothing_to_close},
    {"unix", open_unix, unix_verb, close_unix},
};

static const struct mechanism *mechanism_named(const char *name)
{
    for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++)
        if (strcmp(mechanisms[i].name, name) == 0)
            return &mechanisms[i];
    fprintf(stderr, "channels: no mechanism %s\n", name);
    exit(2);
}

static void open_as_told(const struct mechanism *mechanism, const char *line)
{
    char role[16];
    int read = sscanf(line, "%*s %15s %d %d %199s %zu %d", role, &own_index, &senders, directory,
        &bytes, &spins);
    require(read == 6 && bytes <= BYTES_MAX && senders <= SENDERS_MAX, line);
    is_sender = strcmp(role, "sender") == 0;
    mechanism->open();
    tell_zero();
}

static void *end_with_the_first_process(void *unused)
{
    char byte;
    while (read(LIFE, &byte, 1) > 0)
        ;
    _exit(0);
    return unused;
}

int main(int count, char **words)
{
    char line[NAME_BYTES + 100], verb[16];
    require(count == 2, "MECHANISM");
    const struct mechanism *mechanism = mechanism_named(words[1]);
    pthread_t idle;
    require(pthread_create(&idle, NULL, end_with_the_first_process, NULL) == 0, "thread");
    while (fgets(line, sizeof line, stdin) != NULL) {
        size_t number = 0;
        require(sscanf(line, "%15s %zu", verb, &number) >= 1, line);
        if (strcmp(verb, "open") == 0)
            open_as_told(mechanism, line);
        else if (strcmp(verb, "close") == 0) {
            mechanism->close();
            tell_zero();
        } else
            mechanism->do_verb(verb, number);
    }
    return 0;
}
