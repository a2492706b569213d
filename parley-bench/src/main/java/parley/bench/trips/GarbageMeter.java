package parley.bench.trips;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.FutureTask;

/// What a platform thread that makes round trips leaves to the garbage collector, while another one
/// answers.
///
/// @param calls trips that are measured at a time
public record GarbageMeter(int calls) {
    private static final int ATTEMPTS_MAX = 50;

    /// Of one send and one receive. Until the compiler has seen enough, objects are made that are
    /// none later: the figure is that of the first attempt without, or of the last.
    public double bytesPerPair(Ends ends) throws Exception {
        double bytes = Double.NaN;
        for (int attempt = 0; attempt < ATTEMPTS_MAX && bytes != 0; attempt++) {
            bytes = Math.rint((double) bytes(ends) / calls);
        }
        return bytes;
    }

    private long bytes(Ends ends) throws Exception {
        var echo = new FutureTask<>(() -> answer(ends.echo()));
        var trips = new FutureTask<>(() -> allocated(ends.trips()));
        Thread.ofPlatform().start(echo);
        Thread.ofPlatform().start(trips);
        var _ = echo.get();
        return trips.get();
    }

    private boolean answer(Link link) throws Exception {
        for (int i = 0; i < calls; i++) {
            link.receive();
            link.send();
        }
        return true;
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
