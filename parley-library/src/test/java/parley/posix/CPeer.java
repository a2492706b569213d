package parley.posix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import parley.peer.Command;
import parley.peer.Peer;

/// A program in C that knows nothing of Parley: its first argument says what it does, its second is
/// a name. It prints `done`, the number of an error, or what it got, and some wait for a line.
final class CPeer {
    private static final String SOURCE =
            """
            #include <errno.h>
            #include <fcntl.h>
            #include <mqueue.h>
            #include <semaphore.h>
            #include <signal.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <sys/mman.h>
            #include <sys/stat.h>
            #include <unistd.h>

            static char **args;
            static sem_t *sem;

            static int is(const char *verb) { return strcmp(args[1], verb) == 0; }

            static int say(int failed) {
                if (failed) printf("%d\\n", errno); else puts("done");
                fflush(stdout);
                return failed;
            }

            static void line(void) {
                char text[100];
                if (!fgets(text, sizeof text, stdin)) exit(1);
            }

            static void post(int signal) { sem_post(sem); }

            static char *map(void) {
                struct stat status;
                int fd = shm_open(args[2], O_RDWR, 0);
                if (fd < 0 || fstat(fd, &status) < 0) { say(1); exit(1); }
                int both = PROT_READ | PROT_WRITE;
                char *at = mmap(0, status.st_size, both, MAP_SHARED, fd, 0);
                if (at == MAP_FAILED) { say(1); exit(1); }
                return at;
            }

            static void queues(void) {
                char text[8192];
                unsigned priority;
                if (is("mq-make")) {
                    puts("ready");
                    fflush(stdout);
                    line();
                    say(mq_open(args[2], O_CREAT | O_EXCL | O_RDWR, 0666, 0) < 0);
                    exit(0);
                }
                mqd_t queue = mq_open(args[2], O_RDWR);
                if (queue < 0) {
                    say(1);
                } else if (is("mq-send")) {
                    say(mq_send(queue, args[4], strlen(args[4]), atoi(args[3])) < 0);
                } else if (is("mq-receive")) {
                    ssize_t n = mq_receive(queue, text, sizeof text, &priority);
                    printf("%u %.*s\\n", priority, (int) n, text);
                } else if (is("mq-register")) {
                    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
                                              .sigev_signo = SIGUSR1 };
                    signal(SIGUSR1, SIG_IGN);
                    if (say(mq_notify(queue, &event) < 0) == 0) line();
                }
            }

            static void semaphores(void) {
                if (is("sem-make")) {
                    say(sem_open(args[2], O_CREAT | O_EXCL, 0600, atoi(args[3])) == SEM_FAILED);
                    exit(0);
                }
                sem = strchr(args[1], '@') ? (sem_t *) (map() + atoi(args[3]))
                                           : sem_open(args[2], 0);
                if (sem == SEM_FAILED) {
                    say(1);
                } else if (is("sem@init")) {
                    say(sem_init(sem, 1, atoi(args[4])) < 0);
                } else if (is("sem-post") || is("sem@post")) {
                    say(sem_post(sem) < 0);
                } else if (is("sem-wait") || is("sem@wait")) {
                    if (say(sem_wait(sem) < 0) == 0) line();
                } else if (is("sem-handler")) {
                    signal(SIGUSR1, post);
                    say(raise(SIGUSR1));
                } else if (is("sem@count")) {
                    long *counter = (long *) (sem + 1);
                    for (int i = 0; i < 20000; i++) {
                        sem_wait(sem);
                        *counter = *(volatile long *) counter + 1;
                        sem_post(sem);
                    }
                    say(0);
                }
            }

            static void memory(void) {
                if (is("shm-make")) {
                    puts("ready");
                    fflush(stdout);
                    line();
                    int fd = shm_open(args[2], O_CREAT | O_EXCL | O_RDWR, 0600);
                    if (fd >= 0) ftruncate(fd, atol(args[3]));
                    say(fd < 0);
                    exit(0);
                }
                if (is("shm-read")) { puts(map()); }
                if (is("shm-write")) { strcpy(map(), args[3]); say(0); }
                if (is("shm-truncate")) {
                    say(ftruncate(shm_open(args[2], O_RDWR, 0), 0) < 0);
                }
                if (is("shm-hold")) {
                    char *at = map();
                    say(0);
                    line();
                    puts(at);
                }
            }

            int main(int argc, char **argv) {
                args = argv;
                if (strncmp(argv[1], "mq", 2) == 0) queues();
                else if (strncmp(argv[1], "sem", 3) == 0) semaphores();
                else memory();
                return 0;
            }
            """;

    private final String program;

    private CPeer(String program) {
        this.program = program;
    }

    static CPeer compiledIn(Path directory) throws IOException, InterruptedException {
        Command.require("gcc");
        var file = Files.writeString(directory.resolve("peer.c"), SOURCE);
        var program = directory.resolve("peer").toString();
        Command.output(
                "gcc",
                "-Wall",
                "-Wno-unused-result",
                "-D_GNU_SOURCE",
                "-pthread",
                "-o",
                program,
                file.toString(),
                "-lrt");
        return new CPeer(program);
    }

    /// What it prints, when it has ended.
    String output(String... words) throws IOException, InterruptedException {
        return Command.output(command(words));
    }

    Peer start(String... words) throws IOException {
        return Peer.start(command(words));
    }

    /// Has many of them do the same at once, and one more; says how many of all succeeded.
    int racing(int count, String[] words, Attempt own) throws Exception {
        var peers = new ArrayList<Peer>();
        try {
            for (int i = 0; i < count; i++) {
                peers.add(start(words));
            }
            for (var peer : peers) {
                assert peer.line().equals("ready");
            }
            for (var peer : peers) {
                peer.tell("go");
            }
            int succeeded = own.succeeds() ? 1 : 0;
            for (var peer : peers) {
                succeeded += peer.line().equals("done") ? 1 : 0;
            }
            return succeeded;
        } finally {
            for (var peer : peers) {
                peer.close();
            }
        }
    }

    interface Attempt {
        boolean succeeds() throws Exception;
    }

    private List<String> command(String... words) {
        var command = new ArrayList<>(List.of(program));
        command.addAll(List.of(words));
        return command;
    }
}
