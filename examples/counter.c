// The other side of SharedCounter.java: MEMORY SET ROUNDS, without a lock if the set is -1.
#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <sys/shm.h>

static void change(int set, int by) {
    if (set >= 0 && semop(set, &(struct sembuf){.sem_op = by}, 1) < 0) {
        perror("semop");
        exit(1);
    }
}

int main(int argc, char **argv) {
    volatile long *counter = shmat(atoi(argv[1]), NULL, 0);
    int set = atoi(argv[2]);
    if (counter == (void *)-1) return 1;
    puts("begin");
    fflush(stdout);
    for (int i = 0; i < atoi(argv[3]); i++) {
        change(set, -1);
        *counter = *counter + 1;
        change(set, 1);
    }
    return 0;
}
