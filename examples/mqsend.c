// The sender of QueueNotification.java: mqsend NAME PRIORITY TEXT PRIORITY TEXT ...
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    mqd_t queue = mq_open(argv[1], O_WRONLY);
    for (int i = 2; i + 1 < argc; i += 2) {
        if (mq_send(queue, argv[i + 1], strlen(argv[i + 1]), atoi(argv[i])) < 0) {
            perror("mq_send");
            return 1;
        }
    }
    return 0;
}
