/* The other side of FutexWithC.java: takes a token from one word, gives it to another. */
#include <fcntl.h>
#include <linux/futex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EMPTY = 0, FULL = 1 };

static void take(uint32_t *word) {
    uint32_t full = FULL;
    while (!__atomic_compare_exchange_n(word, &full, EMPTY, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        syscall(SYS_futex, word, FUTEX_WAIT, EMPTY, 0, 0, 0); /* not FUTEX_WAIT_PRIVATE */
        full = FULL;
    }
}

static void give(uint32_t *word) {
    __atomic_store_n(word, FULL, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, word, FUTEX_WAKE, 1, 0, 0, 0);
}

int main(int argc, char **argv) {
    int fd = open(argv[1], O_RDWR | O_CLOEXEC);
    uint32_t *words = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd < 0 || words == MAP_FAILED) {
        perror(argv[1]);
        return 1;
    }
    for (int i = atoi(argv[2]); i > 0; i--) {
        take(&words[0]);
        give(&words[16]);
    }
    return 0;
}
