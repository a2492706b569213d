// The other side of PosixObjects.java. Its argument is the name of all three objects.
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

int main(int argc, char **argv) {
    mqd_t queue = mq_open(argv[1], O_RDWR);
    sem_t *semaphore = sem_open(argv[1], 0);
    int fd = shm_open(argv[1], O_RDWR, 0);
    char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (queue < 0 || semaphore == SEM_FAILED || memory == MAP_FAILED) {
        perror("posix");
        return 1;
    }
    char text[8192]; // what the queue says a message may have, at least
    for (int i = 0; i < 2; i++) {
        unsigned priority;
        ssize_t n = mq_receive(queue, text, sizeof text, &priority);
        printf("C got a message of priority %u: %.*s\n", priority, (int)n, text);
    }
    fflush(stdout);
    strcpy(memory, "written by C");
    mq_send(queue, "thank you", 9, 0);
    return sem_post(semaphore);
}
