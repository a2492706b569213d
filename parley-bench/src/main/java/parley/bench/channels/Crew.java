package parley.bench.channels;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import parley.bench.CProgram;
import parley.bench.Partner;
import parley.bench.Placement;
import parley.bench.Respondent;
import parley.os.Fd;
import parley.pipe.Pipe;
import parley.tool.demo.Closing;

/// All processes of one contestant. They live through many channels, one after the other.
final class Crew implements AutoCloseable {
    /// Which of the descriptors that a process is given are what.
    static final int THERE_SOURCE = 0;

    static final int THERE_SINK = 1;
    static final int BACK_SOURCE = 2;
    static final int BACK_SINK = 3;
    static final int PIPE_ENDS = 4;

    private static final Path MEMORY = Path.of("/dev/shm");
    private static final int SPINS = 1000; // of PAUSE: about 25 µs
    private static final int SPINS_ANYWHERE = 100; // perhaps on one processor
    private static final int SPINS_ON_ONE = 0;

    private final Closing end = new Closing();
    private final List<Respondent> drivers = new ArrayList<>();
    private final List<Respondent> receivers = new ArrayList<>();
    private final List<Respondent> senders = new ArrayList<>();
    private final Placement placement;
    private final List<Respondent> all = new CopyOnWriteArrayList<>();
    private Path directory = MEMORY;

    Crew(
            Contestant contestant,
            CProgram program,
            Placement placement,
            int senderCount,
            int receiverCount)
            throws Exception {
        this.placement = placement;
        boolean isStarted = false;
        try {
            var there = end.add(Pipe.create());
            var back = end.add(Pipe.create());
            var life = end.add(Pipe.create());
            var given =
                    List.of(
                            there.source().fd(),
                            there.sink().fd(),
                            back.source().fd(),
                            back.sink().fd());
            var command = contestant.command(program);
            if (contestant.hasDriver()) {
                start(drivers, Placement.elsewhere(), command, given, life);
            }
            for (int i = 0; i < receiverCount; i++) {
                start(receivers, placement.echo(), command, given, life);
            }
            for (int i = 0; i < senderCount; i++) {
                start(senders, placement.trips(), command, given, life);
            }
            isStarted = true;
        } finally {
            if (!isStarted) {
                end.close();
            }
        }
    }

    private void start(
            List<Respondent> role,
            List<String> prefix,
            List<String> command,
            List<Fd> given,
            Pipe life)
            throws Exception {
        var words = new ArrayList<>(prefix);
        words.addAll(command);
        var child = Partner.start(words, given, life, end);
        // The others would wait for it for ever.
        var _ = child.onExit().thenRun(this::kill);
        var respondent = new Respondent(child);
        role.add(respondent);
        all.add(respondent);
    }

    private void kill() {
        for (var each : all) {
            Partner.kill(each.child());
        }
    }

    /// Opens a channel: the driver first, then receivers, then senders.
    void open(int bytes) throws Exception {
        directory = Files.createTempDirectory(MEMORY, "parley-bench-");
        open(drivers, Side.Role.DRIVER, bytes);
        open(receivers, Side.Role.RECEIVER, bytes);
        open(senders, Side.Role.SENDER, bytes);
    }

    private void open(List<Respondent> those, Side.Role role, int bytes) throws Exception {
        for (int i = 0; i < those.size(); i++) {
            var side = new Side(role, i, senders.size(), directory, bytes, spins());
            long[] _ = those.get(i).ask(side.words(), 1);
        }
    }

    private int spins() {
        if (placement.isShared()) {
            return SPINS_ON_ONE;
        }
        return placement.isPinned() ? SPINS : SPINS_ANYWHERE;
    }

    /// Closes it: all tell that they do before the first is waited for, as some wait for others.
    void closeChannel() throws Exception {
        for (var each : all.reversed()) {
            each.tell("close");
        }
        for (var each : all.reversed()) {
            long[] _ = each.answer(1);
        }
        delete(directory);
    }

    private static void delete(Path directory) throws IOException {
        Files.walkFileTree(
                directory,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.deleteIfExists(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path visited, @Nullable IOException failure) throws IOException {
                        Files.deleteIfExists(visited);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    /// Makes round trips between the first sender and the first receiver.
    ///
    /// @return the nanoseconds of each
    long[] trips(int count) throws Exception {
        long[] _ = receivers.getFirst().ask("echo " + count, 1);
        return senders.getFirst().ask("trips " + count, count);
    }

    /// How many messages went through.
    ///
    /// @param nanos of each that was received: those of the receiver who needed most
    /// @param lost by all receivers together
    /// @param bytesAllocated by all processes together
    record Flood(double nanos, long lost, long bytesAllocated) {}

    /// Sends so many messages from each sender, as fast as they go.
    Flood flood(int count) throws Exception {
        for (var receiver : receivers) {
            long[] _ = receiver.ask("receive " + count, 1);
        }
        for (var sender : senders) {
            sender.tell("send " + count);
        }
        long allocated = 0;
        for (var sender : senders) {
            allocated += sender.answer(1)[0];
        }
        double nanos = 0;
        long lost = 0;
        for (var receiver : receivers) {
            long[] numbers = receiver.answer(4);
            nanos = Math.max(nanos, (double) numbers[0] / Math.max(1, numbers[1]));
            lost += numbers[2];
            allocated += numbers[3];
        }
        return new Flood(nanos, lost, allocated);
    }

    @Override
    public void close() throws IOException {
        end.close();
        if (!directory.equals(MEMORY) && Files.isDirectory(directory)) {
            delete(directory);
        }
    }
}
