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
#include <sched.h>
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

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
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

/* Locks. Descriptor of the memory, zeros. Two ways to contend for each kind:
 *
 * hand-over: of three locks each side has one or two, and waits for the one that the other has:
 * it gives one back, so that the other can go on, and takes the next. So a trip is two
 * acquisitions, both of a lock that another gives back just then.
 *
 * contended: both take one lock, count, and give it back, as fast as they can. A trip is over when
 * both together have counted 1000 more.
 */

enum { LOCKS = 3, COUNTS_PER_TRIP = 1000, SPINS = 100 };

struct lock {
    _Alignas(128) union {
        _Atomic uint32_t futex; /* 0 free, 1 taken, 2 taken and perhaps waited for */
        pthread_mutex_t pthread;
    } of;
};

static struct shared {
    struct lock locks[LOCKS]; /* for hand-over */
    struct lock contended;
    _Alignas(128) int64_t count;
    _Alignas(128) _Atomic uint32_t is_made;
    _Alignas(128) _Atomic uint32_t is_running;
    _Alignas(128) _Atomic uint32_t is_inside; /* the other side takes part */
} *shared;

static int held, wanted; /* the lock to give back next, and to take */

#define ALWAYS_INLINE inline __attribute__((always_inline)) /* so that no call is indirect */

static ALWAYS_INLINE void relax(void)
{
#if defined __x86_64__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("isb");
#endif
}

/* The third mutex of Drepper's "Futexes Are Tricky", shared by processes, that spins before. */
static ALWAYS_INLINE void futex_lock(struct lock *lock)
{
    uint32_t seen = 0;
    if (atomic_compare_exchange_strong(&lock->of.futex, &seen, 1))
        return;
    for (int i = 0; i < SPINS; i++) {
        seen = 0;
        if (atomic_load(&lock->of.futex) == 0
            && atomic_compare_exchange_strong(&lock->of.futex, &seen, 1))
            return;
        relax();
    }
    while (atomic_exchange(&lock->of.futex, 2) != 0)
        syscall(SYS_futex, &lock->of.futex, FUTEX_WAIT, 2, NULL, NULL, 0);
}

static ALWAYS_INLINE void futex_unlock(struct lock *lock)
{
    if (atomic_exchange(&lock->of.futex, 0) == 2)
        syscall(SYS_futex, &lock->of.futex, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* glibc's, for processes, robust. */
static ALWAYS_INLINE void pthread_lock(struct lock *lock)
{
    errno = pthread_mutex_lock(&lock->of.pthread);
    if (errno == EOWNERDEAD) /* the first process ends both */
        _exit(0);
    require(errno == 0, "pthread_mutex_lock");
}

static ALWAYS_INLINE void pthread_unlock(struct lock *lock)
{
    pthread_mutex_unlock(&lock->of.pthread);
}

static void make_pthread_locks(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    for (int i = 0; i < LOCKS; i++)
        pthread_mutex_init(&shared->locks[i].of.pthread, &attributes);
    pthread_mutex_init(&shared->contended.of.pthread, &attributes);
}

static void make_futex_locks(void)
{
}

/* The first side makes them, and has two of them when the other side comes. */
static void open_locks(char **words, void (*make)(void), void (*lock)(struct lock *))
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, FIRST, 0);
    require(shared != MAP_FAILED, "mmap");
    if (strcmp(words[0], "first") == 0) {
        make();
        lock(&shared->locks[0]);
        lock(&shared->locks[1]);
        held = 0;
        wanted = 2;
        atomic_store(&shared->is_made, 1);
    } else {
        while (!atomic_load(&shared->is_made))
            sched_yield();
        lock(&shared->locks[2]);
        held = 2;
        wanted = 0;
    }
}

static ALWAYS_INLINE int64_t count_once(
    void (*lock)(struct lock *), void (*unlock)(struct lock *))
{
    lock(&shared->contended);
    int64_t count = ++shared->count;
    unlock(&shared->contended);
    return count;
}

static ALWAYS_INLINE void count_while_running(
    void (*lock)(struct lock *), void (*unlock)(struct lock *))
{
    for (;;) {
        while (!atomic_load(&shared->is_running))
            syscall(SYS_futex, &shared->is_running, FUTEX_WAIT, 0, NULL, NULL, 0);
        atomic_store(&shared->is_inside, 1);
        while (atomic_load(&shared->is_running))
            for (int i = 0; i < COUNTS_PER_TRIP; i++)
                count_once(lock, unlock);
        atomic_store(&shared->is_inside, 0);
    }
}

static ALWAYS_INLINE void count_trips(
    void (*lock)(struct lock *), void (*unlock)(struct lock *), int64_t *nanos, size_t trips)
{
    atomic_store(&shared->is_running, 1);
    syscall(SYS_futex, &shared->is_running, FUTEX_WAKE, 1, NULL, NULL, 0);
    while (!atomic_load(&shared->is_inside))
        sched_yield();
    int64_t last = now();
    int64_t count = count_once(lock, unlock);
    int64_t end = count + COUNTS_PER_TRIP;
    for (size_t i = 0; i < trips;) {
        while (count < end)
            count = count_once(lock, unlock);
        for (; count >= end && i < trips; end += COUNTS_PER_TRIP) {
            int64_t time = now();
            nanos[i++] = time - last;
            last = time;
        }
    }
    atomic_store(&shared->is_running, 0);
    while (atomic_load(&shared->is_inside))
        sched_yield();
}

#define CONTEND_FOR(kind)                                                                          \
    static void kind##_open_locks(char **words)                                                    \
    {                                                                                              \
        open_locks(words, make_##kind##_locks, kind##_lock);                                       \
    }                                                                                              \
    static void kind##_give(void)                                                                  \
    {                                                                                              \
        kind##_unlock(&shared->locks[held]);                                                       \
        held = (held + 1) % LOCKS;                                                                 \
    }                                                                                              \
    static void kind##_take(void)                                                                  \
    {                                                                                              \
        kind##_lock(&shared->locks[wanted]);                                                       \
        wanted = (wanted + 1) % LOCKS;                                                             \
    }                                                                                              \
    static void kind##_count_trips(int64_t *nanos, size_t trips)                                   \
    {                                                                                              \
        count_trips(kind##_lock, kind##_unlock, nanos, trips);                                     \
    }                                                                                              \
    static void kind##_count_echo(void)                                                            \
    {                                                                                              \
        count_while_running(kind##_lock, kind##_unlock);                                           \
    }
CONTEND_FOR(futex)
CONTEND_FOR(pthread)

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
    void (*trips)(int64_t *nanos, size_t trips); /* in place of sending and receiving */
    void (*echo)(void);
} mechanisms[] = {
    {"pipe", nothing_to_open, pipe_send, pipe_receive},
    {"eventfd", nothing_to_open, eventfd_send, eventfd_receive},
    {"mq", mq_open_both, mq_send_one, mq_receive_one},
    {"futex", futex_open, futex_send, futex_receive},
    {"sigwait", signal_open, signal_send, sigwait_receive},
    {"signalfd", signal_open, signal_send, signalfd_receive},
    {"hand-over-futex", futex_open_locks, futex_give, futex_take},
    {"hand-over-pthread", pthread_open_locks, pthread_give, pthread_take},
    {"contended-futex", futex_open_locks, NULL, NULL, futex_count_trips, futex_count_echo},
    {"contended-pthread", pthread_open_locks, NULL, NULL, pthread_count_trips, pthread_count_echo},
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

static void send_and_receive(const struct mechanism *mechanism, int64_t *nanos, size_t trips)
{
    for (size_t i = 0; i < trips; i++) {
        int64_t start = now();
        mechanism->send();
        mechanism->receive();
        nanos[i] = now() - start;
    }
}

static void make_trips(const struct mechanism *mechanism)
{
    char line[32];
    while (fgets(line, sizeof line, stdin) != NULL) {
        size_t count = strtoul(line, NULL, 10);
        int64_t *nanos = malloc(count * sizeof *nanos);
        require(nanos != NULL, "malloc");
        memset(nanos, 0, count * sizeof *nanos); /* no page is missing during a trip */
        if (mechanism->trips != NULL)
            mechanism->trips(nanos, count);
        else
            send_and_receive(mechanism, nanos, count);
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
    else if (mechanism->echo != NULL)
        mechanism->echo();
    else
        for (;;) {
            mechanism->receive();
            mechanism->send();
        }
    return 0;
}
