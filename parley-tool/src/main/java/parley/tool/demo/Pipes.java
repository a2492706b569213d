package parley.tool.demo;

import java.nio.file.Path;
import java.util.List;
import parley.os.Fd;
import parley.os.FileStatus;
import parley.pipe.NamedPipe;
import parley.pipe.Pipe;
import parley.pipe.PipeSink;
import parley.pipe.PipeSource;

/// Pipes carry bytes one way, so a conversation takes two.
final class Pipes {
    private Pipes() {}

    static Offer offerPipe(Workplace workplace, Closing end) throws Exception {
        var out = end.add(Pipe.create());
        var in = end.add(Pipe.create());
        var inode = FileStatus.of(out.source().fd()).inode();
        return new Offer(
                "pipe:[" + inode + "]",
                List.of(),
                List.of(out.source().fd(), in.sink().fd()),
                () -> {
                    // The other process has its own now, and must be the only one that does, or
                    // nobody would see the end of the pipe.
                    out.source().close();
                    in.sink().close();
                    return new StreamLink(in.source(), out.sink());
                });
    }

    static Link joinPipe(List<String> details, List<Fd> descriptors, Closing end) throws Exception {
        var source = end.add(PipeSource.of(descriptors.get(0)));
        return new StreamLink(source, end.add(PipeSink.of(descriptors.get(1))));
    }

    static Offer offerFifo(Workplace workplace, Closing end) throws Exception {
        var out = makeFifo(workplace, end);
        var in = makeFifo(workplace, end);
        return new Offer(
                "fifo:" + out,
                List.of(out.toString(), in.toString()),
                () -> {
                    // In the order in which the other side opens, or both would wait for ever.
                    var sink = end.add(NamedPipe.open(out).openSink());
                    var source = end.add(NamedPipe.open(in).openSource());
                    return new StreamLink(source, sink);
                });
    }

    private static Path makeFifo(Workplace workplace, Closing end) throws Exception {
        var path = workplace.path();
        NamedPipe.create(path);
        end.add(() -> NamedPipe.unlink(path));
        return path;
    }

    static Link joinFifo(List<String> details, List<Fd> descriptors, Closing end) throws Exception {
        var source = end.add(NamedPipe.open(Path.of(details.get(0))).openSource());
        return new StreamLink(source, end.add(NamedPipe.open(Path.of(details.get(1))).openSink()));
    }
}
