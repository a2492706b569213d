// The other process of GuardedCounter.java: counter NAME TIMES
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

struct shared {
    sem_t mutex;
    long counter;
};

int main(int argc, char **argv) {
    int fd = shm_open(argv[1], O_RDWR, 0);
    struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared == MAP_FAILED) {
        perror("counter");
        return 1;
    }
    for (int i = 0; i < atoi(argv[2]); i++) {
        sem_wait(&shared->mutex);
        shared->counter++;
        sem_post(&shared->mutex);
    }
    return 0;
}
