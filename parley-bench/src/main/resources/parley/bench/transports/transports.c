/* One side of a transport between two processes: what the Java class TransportProcess does, in C.
 *
 *   transports TRANSPORT ROLE DIRECTORY [OBJECT...]
 *
 * Descriptor 3 is a pipe that nobody writes: when it ends, so does this process. 4 and 5 are pipes,
 * in and out; 6 is memory
 * of both sides. In the directory are two FIFOs, `there` and `back`; sockets are made there with the
 * name of their role. Objects are what message queues and semaphores are called, the one to send
 * with from the active side first.
 *
 * It writes a line, the name under which it is found, reads a line, that of its peer, connects, and
 * writes another line. Then the `passive` side does for ever what messages say in their first byte, and the `active` one reads
 * lines, and answers each with 64-bit numbers in the machine's order:
 *
 *   resize BYTES           messages are so long from now on: answered with that
 *   trips COUNT            messages there and back: the nanoseconds of each
 *   flood COUNT WINDOW     messages one after the other, with an acknowledgement after each WINDOW
 *                          of them and the last: the nanoseconds of all, and 0
 *
 * A second thread waits for the end all the time. It is there because a JVM has many: the kernel
 * is quicker for a process with only one.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LIFE = 3, PIPE_IN = 4, PIPE_OUT = 5, MEMORY = 6 };
enum { BYTES_MIN = 64, BYTES_MAX = 65536, NAME_BYTES = 200 };
enum { ECHO_IT, COUNT_IT, ACKNOWLEDGE, REPORT, RESIZE };

/* A message with room in front for its type, where msgsnd wants it: nothing is copied. */
static struct envelope {
    char unused[56];
    long type;
    char text[BYTES_MAX];
} mail __attribute__((aligned(64))), reply __attribute__((aligned(64)));

static char *const message = mail.text, *const answer = reply.text;
static size_t message_bytes = BYTES_MIN;
static int in, out, is_active;
static const char *directory;
static char **objects;

static void require(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "transports: %s: %s\n", what, strerror(errno));
        _exit(1);
    }
}

/* Sending and receiving: all of a message */

static ssize_t received(ssize_t r, const char *what)
{
    if (r == 0)
        _exit(0); /* the peer has ended, and so does the benchmark */
    require(r > 0, what);
    return r;
}

static void write_all(const char *from, size_t bytes)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t r = write(out, from + done, bytes - done);
        require(r > 0, "write");
        done += r;
    }
}

static void read_all(char *into, size_t bytes)
{
    for (size_t done = 0; done < bytes;) {
        done += received(read(in, into + done, bytes - done), "read");
    }
}

static void send_all(const char *from, size_t bytes)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t r = send(out, from + done, bytes - done, MSG_NOSIGNAL);
        require(r > 0, "send");
        done += r;
    }
}

static void receive_all(char *into, size_t bytes)
{
    for (size_t done = 0; done < bytes;) {
        done += received(recv(in, into + done, bytes - done, 0), "recv");
    }
}

static void receive_one(char *into, size_t bytes)
{
    require(received(recv(in, into, bytes, MSG_TRUNC), "recv") == (ssize_t)bytes, "length");
}

/* Opening: before the peer is known, and after */

static const char *path(const char *name)
{
    static char all[NAME_BYTES];
    snprintf(all, sizeof all, "%s/%s", directory, name);
    return all;
}

static struct sockaddr_un unix_name(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    require(strlen(path(name)) < sizeof address.sun_path, "too long a directory");
    strcpy(address.sun_path, path(name));
    return address;
}

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr = {htonl(INADDR_LOOPBACK)},
    };
}

static void open_nothing(char *name)
{
    strcpy(name, "-");
}

static void join_pipes(const char *peer)
{
    (void)peer;
    in = PIPE_IN;
    out = PIPE_OUT;
}

static void join_fifos(const char *peer)
{
    (void)peer;
    if (is_active)
        out = open(path("there"), O_WRONLY);
    in = open(path(is_active ? "back" : "there"), O_RDONLY);
    if (!is_active)
        out = open(path("back"), O_WRONLY);
    require(in >= 0 && out >= 0, "open");
}

static void open_unix(int type, char *name)
{
    struct sockaddr_un own = unix_name(is_active ? "active" : "passive");
    strcpy(name, "-");
    in = out = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    require(in >= 0, "socket");
    if (!is_active || type == SOCK_DGRAM)
        require(bind(in, (struct sockaddr *)&own, sizeof own) == 0, "bind");
    if (!is_active && type != SOCK_DGRAM)
        require(listen(in, 1) == 0, "listen");
}

static void open_unix_stream(char *name)
{
    open_unix(SOCK_STREAM, name);
}

static void open_unix_datagram(char *name)
{
    open_unix(SOCK_DGRAM, name);
}

static void open_unix_seqpacket(char *name)
{
    open_unix(SOCK_SEQPACKET, name);
}

static void take_connection(void)
{
    in = out = accept4(in, NULL, NULL, SOCK_CLOEXEC);
    require(in >= 0, "accept");
}

static void join_unix_peer(const char *peer)
{
    struct sockaddr_un other = unix_name(is_active ? "passive" : "active");
    (void)peer;
    require(connect(in, (struct sockaddr *)&other, sizeof other) == 0, "connect");
}

static void join_unix(const char *peer)
{
    if (is_active)
        join_unix_peer(peer);
    else
        take_connection();
}

static void open_internet(int type, char *name)
{
    struct sockaddr_in own = loopback(0);
    socklen_t length = sizeof own;
    in = out = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    require(in >= 0, "socket");
    require(bind(in, (struct sockaddr *)&own, sizeof own) == 0, "bind");
    require(getsockname(in, (struct sockaddr *)&own, &length) == 0, "getsockname");
    if (!is_active && type == SOCK_STREAM)
        require(listen(in, 1) == 0, "listen");
    sprintf(name, "%d", ntohs(own.sin_port));
}

static void open_tcp(char *name)
{
    open_internet(SOCK_STREAM, name);
}

static void open_udp(char *name)
{
    open_internet(SOCK_DGRAM, name);
}

static void join_internet_peer(const char *peer)
{
    struct sockaddr_in other = loopback(atoi(peer));
    require(connect(in, (struct sockaddr *)&other, sizeof other) == 0, "connect");
}

static void join_tcp(const char *peer)
{
    int on = 1;
    if (is_active)
        join_internet_peer(peer);
    else
        take_connection();
    require(setsockopt(in, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
}

/* Queues */

static int outward(void)
{
    return is_active ? 0 : 1;
}

static int inward(void)
{
    return 1 - outward();
}

static void join_sysv_queues(const char *peer)
{
    (void)peer;
    in = atoi(objects[inward()]);
    out = atoi(objects[outward()]);
}

static void send_sysv(const char *from, size_t bytes)
{
    long *envelope = (long *)from - 1;
    *envelope = 1;
    require(msgsnd(out, envelope, bytes, 0) == 0, "msgsnd");
}

static void receive_sysv(char *into, size_t bytes)
{
    ssize_t length = msgrcv(in, (long *)into - 1, bytes, 0, 0);
    require(length == (ssize_t)bytes, "msgrcv");
}

static void join_posix_queues(const char *peer)
{
    (void)peer;
    in = mq_open(objects[inward()], O_RDONLY);
    out = mq_open(objects[outward()], O_WRONLY);
    require(in >= 0 && out >= 0, "mq_open");
}

static void send_posix(const char *from, size_t bytes)
{
    require(mq_send(out, from, bytes, 0) == 0, "mq_send");
}

static void receive_posix(char *into, size_t bytes)
{
    require(mq_receive(in, into, BYTES_MAX, NULL) == (ssize_t)bytes, "mq_receive");
}

/* Memory of both: slots in a ring for each direction, and gates to wait at. The Java class SlotRing
 * has the same layout. */

enum { GATES = 4, SLOTS = 16, GATE_BYTES = 128, SLOTS_OFFSET = 4096, SPINS = 100 };

static char *memory;
static size_t sent, taken; /* messages */
static int semaphores;     /* System V */
static int64_t passed[GATES], posted[GATES] = {0, SLOTS, 0, SLOTS};
static void (*await_gate)(int gate);
static void (*post_gate)(int gate);

static char *slot(int way, size_t count)
{
    return memory + SLOTS_OFFSET + (way * SLOTS + count % SLOTS) * BYTES_MAX;
}

static void put(const char *from, size_t bytes)
{
    await_gate(2 * outward() + 1);
    memcpy(slot(outward(), sent++), from, bytes);
    post_gate(2 * outward());
}

static void take(char *into, size_t bytes)
{
    await_gate(2 * inward());
    memcpy(into, slot(inward(), taken++), bytes);
    post_gate(2 * inward() + 1);
}

static void change_sysv(int gate, int by)
{
    struct sembuf change = {.sem_num = gate, .sem_op = by};
    require(semop(semaphores, &change, 1) == 0, "semop");
}

static void await_sysv(int gate)
{
    change_sysv(gate, -1);
}

static void post_sysv(int gate)
{
    change_sysv(gate, 1);
}

static void await_posix(int gate)
{
    require(sem_wait((sem_t *)(memory + gate * GATE_BYTES)) == 0, "sem_wait");
}

static void post_posix(int gate)
{
    require(sem_post((sem_t *)(memory + gate * GATE_BYTES)) == 0, "sem_post");
}

static int64_t *counter(int gate)
{
    return (int64_t *)(memory + gate * GATE_BYTES);
}

static void await_counter(int gate)
{
    for (int spins = 0; __atomic_load_n(counter(gate), __ATOMIC_ACQUIRE) == passed[gate]; spins++) {
        if (spins < SPINS) {
#ifdef __x86_64__
            __builtin_ia32_pause();
#elif defined __aarch64__
            __asm__ volatile("isb");
#endif
        } else {
            sched_yield();
        }
    }
    passed[gate]++;
}

static void post_counter(int gate)
{
    __atomic_store_n(counter(gate), ++posted[gate], __ATOMIC_RELEASE);
}

static void join_memory(void (*await)(int), void (*post)(int))
{
    size_t bytes = SLOTS_OFFSET + 2 * SLOTS * BYTES_MAX;
    memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, MEMORY, 0);
    require(memory != MAP_FAILED, "mmap");
    await_gate = await;
    post_gate = post;
}

static void join_sysv_semaphores(const char *peer)
{
    (void)peer;
    semaphores = atoi(objects[0]);
    join_memory(await_sysv, post_sysv);
}

static void join_posix_semaphores(const char *peer)
{
    (void)peer;
    join_memory(await_posix, post_posix);
}

static void join_counters(const char *peer)
{
    (void)peer;
    join_memory(await_counter, post_counter);
}

static const struct transport {
    const char *name;
    void (*open)(char *name);
    void (*join)(const char *peer);
    void (*send)(const char *from, size_t bytes);
    void (*receive)(char *into, size_t bytes);
} transports[] = {
    {"pipe", open_nothing, join_pipes, write_all, read_all},
    {"fifo", open_nothing, join_fifos, write_all, read_all},
    {"unix", open_unix_stream, join_unix, send_all, receive_all},
    {"unix-dgram", open_unix_datagram, join_unix_peer, send_all, receive_one},
    {"unix-seq", open_unix_seqpacket, join_unix, send_all, receive_one},
    {"tcp", open_tcp, join_tcp, send_all, receive_all},
    {"udp", open_udp, join_internet_peer, send_all, receive_one},
    {"msg", open_nothing, join_sysv_queues, send_sysv, receive_sysv},
    {"mq", open_nothing, join_posix_queues, send_posix, receive_posix},
    {"sem", open_nothing, join_sysv_semaphores, put, take},
    {"psem", open_nothing, join_posix_semaphores, put, take},
    {"memory", open_nothing, join_counters, put, take},
};

static const struct transport *transport;

static const struct transport *transport_named(const char *name)
{
    for (size_t i = 0; i < sizeof transports / sizeof *transports; i++)
        if (strcmp(transports[i].name, name) == 0)
            return &transports[i];
    fprintf(stderr, "transports: no transport %s\n", name);
    exit(2);
}

/* The talk */

static void ask(char tag)
{
    message[0] = tag;
    transport->send(message, message_bytes);
    transport->receive(answer, BYTES_MIN);
}

static void serve(void)
{
    transport->receive(message, message_bytes);
    switch (message[0]) {
    case ECHO_IT:
        transport->send(message, message_bytes);
        break;
    case COUNT_IT:
        break;
    case RESIZE:
        message_bytes = *(int64_t *)(message + 8);
        require(message_bytes <= BYTES_MAX, "resize");
        transport->send(answer, BYTES_MIN);
        break;
    case ACKNOWLEDGE:
    case REPORT:
        transport->send(answer, BYTES_MIN);
        break;
    default:
        require(0, "tag");
    }
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void tell(const int64_t *numbers, size_t count)
{
    require(fwrite(numbers, sizeof *numbers, count, stdout) == count, "stdout");
    fflush(stdout);
}

static void make_trips(size_t count)
{
    int64_t *nanos = malloc(count * sizeof *nanos);
    require(nanos != NULL, "malloc");
    memset(nanos, 0, count * sizeof *nanos); /* no page is missing during a trip */
    message[0] = ECHO_IT;
    for (size_t i = 0; i < count; i++) {
        int64_t start = now();
        transport->send(message, message_bytes);
        transport->receive(message, message_bytes);
        nanos[i] = now() - start;
    }
    tell(nanos, count);
    free(nanos);
}

static void make_flood(size_t count, size_t window)
{
    int64_t numbers[2] = {0, 0};
    ask(REPORT);
    int64_t start = now();
    size_t left = window;
    for (size_t i = 1; i < count; i++) {
        if (--left == 0) {
            ask(ACKNOWLEDGE);
            left = window;
        } else {
            message[0] = COUNT_IT;
            transport->send(message, message_bytes);
        }
    }
    ask(REPORT);
    numbers[0] = now() - start;
    tell(numbers, 2);
}

static void tell_line(const char *line)
{
    printf("%s\n", line);
    fflush(stdout);
}

static void lead(void)
{
    char line[80], verb[16];
    size_t number, window = 0;
    while (fgets(line, sizeof line, stdin) != NULL) {
        require(sscanf(line, "%15s %zu %zu", verb, &number, &window) >= 2, line);
        if (strcmp(verb, "trips") == 0)
            make_trips(number);
        else if (strcmp(verb, "flood") == 0)
            make_flood(number, window);
        else {
            int64_t bytes = number;
            require(number <= BYTES_MAX, line);
            *(int64_t *)(message + 8) = bytes;
            ask(RESIZE);
            message_bytes = number;
            tell(&bytes, 1);
        }
    }
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
    char name[NAME_BYTES], peer[NAME_BYTES];
    pthread_t idle;
    require(count >= 4, "TRANSPORT ROLE DIRECTORY [OBJECT...]");
    transport = transport_named(words[1]);
    is_active = strcmp(words[2], "active") == 0;
    directory = words[3];
    objects = words + 4;
    require(pthread_create(&idle, NULL, end_with_the_first_process, NULL) == 0, "thread");
    transport->open(name);
    tell_line(name);
    require(fgets(peer, sizeof peer, stdin) != NULL, "stdin");
    peer[strcspn(peer, "\n")] = 0;
    transport->join(peer);
    tell_line("-");
    if (is_active)
        lead();
    else
        for (;;)
            serve();
    return 0;
}
