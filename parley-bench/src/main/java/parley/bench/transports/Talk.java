package parley.bench.transports;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/// What the two processes say to each other; `transports.c` does the same.
final class Talk {
    private static final byte ECHO = 0; // send it back
    private static final byte COUNT = 1; // nothing
    private static final byte ACKNOWLEDGE = 2; // a short answer
    private static final byte REPORT = 3; // a short answer: bytes allocated since the last one
    private static final byte RESIZE = 4; // the next message is so long; a short answer

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final End end;
    private final Message answer = Message.of(Message.BYTES_MIN);
    private Message message = Message.of(Message.BYTES_MIN);
    private long allocatedBefore;

    Talk(End end) {
        this.end = end;
    }

    private static long allocated() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }

    /// The active one: messages are of this length from now on.
    void resize(int bytes) throws Exception {
        message.number(bytes);
        ask(RESIZE);
        message = Message.of(bytes);
    }

    private void ask(byte tag) throws Exception {
        message.tag(tag);
        end.send(message);
        end.receive(answer);
    }

    /// The active one: messages there and back.
    ///
    /// @return the nanoseconds of each
    long[] trips(int count) throws Exception {
        var nanos = new long[count];
        message.tag(ECHO);
        for (int i = 0; i < count; i++) {
            long start = System.nanoTime();
            end.send(message);
            end.receive(message);
            nanos[i] = System.nanoTime() - start;
        }
        return nanos;
    }

    /// The active one: messages one after the other, until the last is answered.
    ///
    /// @param window after how many an acknowledgement is waited for
    /// @return the nanoseconds of all together, and the bytes that both threads have allocated
    long[] flood(int count, int window) throws Exception {
        ask(REPORT);
        long before = allocated();
        long start = System.nanoTime();
        int left = window;
        for (int i = 1; i < count; i++) {
            if (--left == 0) {
                ask(ACKNOWLEDGE);
                left = window;
            } else {
                message.tag(COUNT);
                end.send(message);
            }
        }
        ask(REPORT);
        long nanos = System.nanoTime() - start;
        return new long[] {nanos, allocated() - before + answer.number()};
    }

    /// The passive one: receives a message, and does what it says.
    void serve() throws Exception {
        end.receive(message);
        switch (message.tag()) {
            case ECHO -> end.send(message);
            case COUNT -> {}
            case ACKNOWLEDGE -> end.send(answer);
            case REPORT -> {
                answer.number(allocated() - allocatedBefore);
                end.send(answer);
                allocatedBefore = allocated();
            }
            case RESIZE -> {
                message = Message.of((int) message.number());
                end.send(answer);
            }
            default -> throw new IllegalStateException("tag " + message.tag());
        }
    }
}
