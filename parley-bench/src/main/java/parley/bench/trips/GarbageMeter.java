package parley.bench.trips;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/// What two platform threads that make round trips leave to the garbage collector.
///
/// @param calls trips that are measured at a time
public record GarbageMeter(int calls) {
    private static final int ATTEMPTS_MAX = 50;

    /// Of one send and one receive, by the thread that leaves more. Until the compiler has seen
    /// enough, objects are made that are none later: the figure is that of the first attempt
    /// without, or of the last.
    public double bytesPerPair(Ends ends) throws Exception {
        double bytes = Double.NaN;
        for (int attempt = 0; attempt < ATTEMPTS_MAX && bytes != 0; attempt++) {
            bytes = Math.rint((double) bytes(ends) / calls);
        }
        return bytes;
    }

    private long bytes(Ends ends) throws Exception {
        var echo = start(() -> allocated(new Echo(ends.echo())));
        var trips = start(() -> allocated(ends.trips()));
        return Math.max(echo.get(), trips.get());
    }

    private static FutureTask<Long> start(Callable<Long> task) {
        var started = new FutureTask<>(task);
        Thread.ofPlatform().start(started);
        return started;
    }

    /// The other way round: receives first.
    private record Echo(Link link) implements Link {
        @Override
        public void send() throws Exception {
            link.receive();
        }

        @Override
        public void receive() throws Exception {
            link.send();
        }
    }

    private long allocated(Link link) throws Exception {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        link.send(); // what a thread makes once is made now
        link.receive();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 1; i < calls; i++) {
            link.send();
            link.receive();
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
    }
}
