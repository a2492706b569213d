// A consumer of ProducerAndConsumer.java: takes jobs until there is a last one, adds them up.
#include <stdio.h>
#include <stdlib.h>
#include <sys/msg.h>

enum { JOB = 1, LAST = 2, SUM = 3 };

int main(int argc, char **argv) {
    int queue = atoi(argv[1]);
    struct { long type; int number; } job;
    struct { long type; long sum; } answer = {SUM, 0};
    // The lowest type first: jobs before the end.
    while (msgrcv(queue, &job, sizeof job.number, -LAST, 0) >= 0 && job.type == JOB)
        answer.sum += job.number;
    return msgsnd(queue, &answer, sizeof answer.sum, 0);
}
