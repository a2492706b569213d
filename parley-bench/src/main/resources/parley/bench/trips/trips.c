/* One side of round trips between two processes: what the Java class TripProcess does, in C.
 *
 *   trips MECHANISM ROLE [WORD...]
 *
 * Descriptor 3 is a pipe that nobody writes: when it ends, so does this process. Those of the
 * mechanism begin at 4. As `trips` it reads numbers from standard input, one in a line, makes so
 * many round trips, and writes the nanoseconds of each to standard output, as 64-bit numbers in
 * the machine's order. As `echo` it sends back what it receives, for ever.
 *
 * A second thread waits for the end all the time. It is there because a JVM has many: the kernel
 * is quicker for a process with only one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { LIFE = 3, FIRST = 4, SECOND = 5, MESSAGE_BYTES = 64, MEMORY_BYTES = 4096 };

static char message[MESSAGE_BYTES];

static void require(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "trips: %s: %s\n", what, strerror(errno));
        _exit(1);
    }
}

/* pipe: descriptors in, out */

static void nothing_to_open(char **words)
{
    (void)words;
}

static void pipe_send(void)
{
    require(write(SECOND, message, MESSAGE_BYTES) == MESSAGE_BYTES, "write");
}

static void pipe_receive(void)
{
    require(read(FIRST, message, MESSAGE_BYTES) == MESSAGE_BYTES, "read");
}

/* eventfd: descriptors in, out */

static void eventfd_send(void)
{
    uint64_t one = 1;
    require(write(SECOND, &one, sizeof one) == sizeof one, "write");
}

static void eventfd_receive(void)
{
    uint64_t sum;
    require(read(FIRST, &sum, sizeof sum) == sizeof sum, "read");
}

/* mq: words in, out: names */

static mqd_t queue_in, queue_out;

static void mq_open_both(char **words)
{
    queue_in = mq_open(words[0], O_RDWR);
    require(queue_in != (mqd_t)-1, words[0]);
    queue_out = mq_open(words[1], O_RDWR);
    require(queue_out != (mqd_t)-1, words[1]);
}

static void mq_send_one(void)
{
    require(mq_send(queue_out, message, MESSAGE_BYTES, 0) == 0, "mq_send");
}

static void mq_receive_one(void)
{
    require(mq_receive(queue_in, message, MESSAGE_BYTES, NULL) == MESSAGE_BYTES, "mq_receive");
}

/* futex: descriptor of the memory; words in, out: offsets of counters */

static _Atomic uint32_t *word_in, *word_out;
static uint32_t seen;

static void futex_open(char **words)
{
    char *memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, FIRST, 0);
    require(memory != MAP_FAILED, "mmap");
    word_in = (_Atomic uint32_t *)(memory + atol(words[0]));
    word_out = (_Atomic uint32_t *)(memory + atol(words[1]));
}

static void futex_send(void)
{
    atomic_fetch_add(word_out, 1);
    require(syscall(SYS_futex, word_out, FUTEX_WAKE, 1, NULL, NULL, 0) >= 0, "FUTEX_WAKE");
}

static void futex_receive(void)
{
    while (atomic_load(word_in) == seen)
        syscall(SYS_futex, word_in, FUTEX_WAIT, seen, NULL, NULL, 0);
    seen++;
}

/* sigwait, signalfd: descriptors of pipes in, out, for the numbers of the processes */

static pid_t peer;
static sigset_t signals;
static int signal_number, signal_descriptor;

static void signal_open(char **words)
{
    pid_t own = getpid();
    (void)words;
    require(write(SECOND, &own, sizeof own) == sizeof own, "write");
    require(read(FIRST, &peer, sizeof peer) == sizeof peer, "read");
    signal_descriptor = signalfd(-1, &signals, SFD_CLOEXEC);
    require(signal_descriptor >= 0, "signalfd");
}

static void signal_send(void)
{
    union sigval value = {.sival_int = 1};
    require(sigqueue(peer, signal_number, value) == 0, "sigqueue");
}

static void sigwait_receive(void)
{
    siginfo_t info;
    require(sigwaitinfo(&signals, &info) == signal_number, "sigwaitinfo");
}

static void signalfd_receive(void)
{
    struct signalfd_siginfo info;
    require(read(signal_descriptor, &info, sizeof info) == sizeof info, "read");
}

/* Before there is a second thread, which would have them open. */
static void block_signals(void)
{
    signal_number = SIGRTMIN + 5;
    sigemptyset(&signals);
    sigaddset(&signals, signal_number);
    sigprocmask(SIG_BLOCK, &signals, NULL);
}

static const struct mechanism {
    const char *name;
    void (*open)(char **words);
    void (*send)(void);
    void (*receive)(void);
} mechanisms[] = {
    {"pipe", nothing_to_open, pipe_send, pipe_receive},
    {"eventfd", nothing_to_open, eventfd_send, eventfd_receive},
    {"mq", mq_open_both, mq_send_one, mq_receive_one},
    {"futex", futex_open, futex_send, futex_receive},
    {"sigwait", signal_open, signal_send, sigwait_receive},
    {"signalfd", signal_open, signal_send, signalfd_receive},
};

static const struct mechanism *mechanism_named(const char *name)
{
    for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++)
        if (strcmp(mechanisms[i].name, name) == 0)
            return &mechanisms[i];
    fprintf(stderr, "trips: no mechanism %s\n", name);
    exit(2);
}

static void *end_with_the_first_process(void *unused)
{
    char byte;
    while (read(LIFE, &byte, 1) > 0)
        ;
    _exit(0);
    return unused;
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void make_trips(const struct mechanism *mechanism)
{
    char line[32];
    while (fgets(line, sizeof line, stdin) != NULL) {
        size_t count = strtoul(line, NULL, 10);
        int64_t *nanos = malloc(count * sizeof *nanos);
        require(nanos != NULL, "malloc");
        memset(nanos, 0, count * sizeof *nanos); /* no page is missing during a trip */
        for (size_t i = 0; i < count; i++) {
            int64_t start = now();
            mechanism->send();
            mechanism->receive();
            nanos[i] = now() - start;
        }
        require(fwrite(nanos, sizeof *nanos, count, stdout) == count, "stdout");
        fflush(stdout);
        free(nanos);
    }
}

int main(int count, char **words)
{
    require(count >= 3, "MECHANISM ROLE [WORD...]");
    const struct mechanism *mechanism = mechanism_named(words[1]);
    pthread_t idle;
    block_signals();
    require(pthread_create(&idle, NULL, end_with_the_first_process, NULL) == 0, "thread");
    mechanism->open(words + 3);
    if (strcmp(words[2], "trips") == 0)
        make_trips(mechanism);
    else
        for (;;) {
            mechanism->receive();
            mechanism->send();
        }
    return 0;
}
