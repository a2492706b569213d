// The other processes of SharedMemory.java: `id ID` or `file FILE`.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>

int main(int argc, char **argv) {
    int is_relative = strcmp(argv[1], "id") == 0;
    int id = is_relative ? atoi(argv[2]) : shmget(ftok(argv[2], 'M'), 0, 0);
    char *memory = shmat(id, NULL, 0);
    if (memory == (void *)-1) {
        perror("shmat");
        return 1;
    }
    printf("%s reads: %s\n", is_relative ? "the child" : "a stranger", memory);
    strcpy(memory + 100, is_relative ? "the child" : "a stranger");
    return shmdt(memory);
}
