// The other processes of GuardedFile.java: FILE ROUNDS. The semaphore's key comes from the file.
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/sem.h>

static int change(int set, int by) {
    return semop(set, &(struct sembuf){.sem_num = 0, .sem_op = by, .sem_flg = SEM_UNDO}, 1);
}

int main(int argc, char **argv) {
    int set = semget(ftok(argv[1], 'G'), 0, 0), number;
    for (int i = 0; i < atoi(argv[2]); i++) {
        if (change(set, -1) < 0) {
            perror("semop");
            return 1;
        }
        FILE *file = fopen(argv[1], "r+");
        if (!file || fscanf(file, "%d", &number) != 1) return 1;
        rewind(file);
        fprintf(file, "%d", number + 1);
        fclose(file);
        change(set, 1);
    }
    return 0;
}
