// The other processes of StructWithC.java: `FILE NAME`.
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

struct counter {
    atomic_int state;
    atomic_long total;
    char by[32];
};

int main(int argc, char **argv) {
    int fd = open(argv[1], O_RDWR);
    struct counter *counter =
        mmap(NULL, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (counter == MAP_FAILED) {
        perror(argv[1]);
        return 1;
    }
    while (atomic_load_explicit(&counter->state, memory_order_acquire) == 0)
        sched_yield();
    for (int i = 0; i < 100000; i++)
        atomic_fetch_add(&counter->total, 1);
    strncpy(counter->by, argv[2], sizeof counter->by - 1);
    return 0;
}
