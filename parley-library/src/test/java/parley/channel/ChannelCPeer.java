package parley.channel;

import java.io.IOException;
import java.nio.file.Path;
import parley.peer.Command;
import parley.shm.CPeer;

/// A program in C at a side of a message channel with one receiver, written from the pages in
/// `docs/wire` alone. It wakes nobody.
///
/// ```
/// stop FILE TIMES PLACE          takes a lane, sends so many messages, and stops itself in one
///                                of them: before its PLACE-th step, 1 to 13
/// senders FILE TIMES SEED        so many processes, one for each lane at a time, that send until
///                                they are killed
/// receivers FILE TIMES SEED      so many processes, one after another, that receive from all
///                                lanes until they are killed
/// ```
final class ChannelCPeer {
    /// Steps of a sender before which it can be stopped.
    static final int PLACES = 13;

    private static final String CHANNEL =
            """
            enum { LANES_MAX = 64, STOPS_FROM = 5 };
            static uint32_t lanes;

            static struct ring *ring_of(uint32_t lane) {
                uint64_t capacity = 1ul << (*(uint64_t *)(region + 16) >> 40 & 0x1f);
                return (struct ring *)(data + 192 + lane * (576 + capacity));
            }

            static struct ring *take_lane(void) {
                __atomic_add_fetch((uint64_t *)(data + 64), 1, 5);
                for (uint32_t lane = 0;; lane = (lane + 1) % lanes) {
                    uint32_t *word = ring_of(lane)->sender;
                    uint32_t state = __atomic_load_n(word, 5), of = state & TAG;
                    if (of && is_alive(of)) continue;
                    if (change32(word, state, me | (state & WAITERS))) return ring_of(lane);
                }
            }

            static void receive_all(void) {
                uint64_t at[LANES_MAX];
                int perhaps[LANES_MAX];
                for (uint32_t lane = 0; lane < lanes; lane++) {
                    struct ring *ring = ring_of(lane);
                    take_role(ring->receiver);
                    ring->released_bytes = at[lane] = ring->taken_bytes;
                    perhaps[lane] = 1;
                }
                for (;;) {
                    int taken = 0;
                    for (uint32_t lane = 0; lane < lanes; lane++)
                        taken += take_one(ring_of(lane), at + lane, perhaps + lane);
                    if (!taken) sched_yield();
                }
            }

            static void kill_one(pid_t child) {
                int status;
                if (child == 0) return;
                kill(child, SIGKILL);
                waitpid(child, &status, 0);
                require(WIFSIGNALED(status), "victim");
            }

            static void victims(int sends, long times) {
                pid_t children[LANES_MAX] = {0};
                int at_once = sends ? lanes : 1;
                for (long i = 0; i < times; i++) {
                    pid_t *child = children + i % at_once;
                    kill_one(*child);
                    if ((*child = fork()) == 0) {
                        join();
                        if (sends) send_all(take_lane(), i, -1);
                        else receive_all();
                    }
                    usleep(rand() % (1500 / at_once));
                }
                for (int i = 0; i < at_once; i++) kill_one(children[i]);
            }

            int main(int count, char **words) {
                map(words[2]);
                lanes = *(uint64_t *)(region + 16) >> 32 & 0x7f;
                if (strcmp(words[1], "stop") == 0) {
                    stop_at = atoi(words[4]);
                    stop_from = STOPS_FROM;
                    join();
                    struct ring *ring = take_lane();
                    send_all(ring, 0, atol(words[3]));
                    unlock(ring->sender);
                    leave();
                } else {
                    srand(atoi(words[4]));
                    victims(words[1][0] == 's', atol(words[3]));
                }
                puts("done");
                return 0;
            }
            """;

    private ChannelCPeer() {}

    /// Compiles it.
    static String compile(Path directory) throws IOException, InterruptedException {
        return Command.compile(directory, "channel", CPeer.PARTICIPANT + CPeer.RING + CHANNEL);
    }

    /// How long a message of such a number is in a lane of such a capacity.
    static int bytesOf(int number, int capacity) {
        return 2 * Integer.BYTES
                + (int) (Integer.toUnsignedLong(number * 31) % (capacity / 2 - 15));
    }
}
