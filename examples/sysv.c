// The other side of SystemV.java. The key comes from this program's own file.
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

struct message {
    long type;
    char text[100];
};

int main(int argc, char **argv) {
    key_t key = ftok(argv[0], 'P');
    int queue = msgget(key, 0), set = semget(key, 0, 0), segment = shmget(key, 0, 0);
    if (queue < 0 || set < 0 || segment < 0) {
        perror("sysv");
        return 1;
    }
    strcpy(shmat(segment, NULL, 0), "written by C");
    semop(set, &(struct sembuf){.sem_num = 0, .sem_op = 1}, 1);

    struct message m;
    for (long type = 2; type >= 1; type--) {
        ssize_t n = msgrcv(queue, &m, sizeof m.text, type, 0);
        printf("C got a message of type %ld: %.*s\n", m.type, (int)n, m.text);
    }
    fflush(stdout);
    struct message answer = {9, "thank you"};
    return msgsnd(queue, &answer, strlen(answer.text), 0);
}
