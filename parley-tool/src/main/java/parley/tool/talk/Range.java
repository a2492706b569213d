package parley.tool.talk;

import org.jspecify.annotations.Nullable;
import parley.address.Address;
import parley.tool.Sizes;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// Which bytes of shared memory are meant: the options that say so.
final class Range {
    @Option(
            names = "--offset",
            paramLabel = "BYTES",
            converter = Sizes.class,
            description = "shm, pshm: from this byte on; 0")
    private @Nullable Long offset;

    @Option(
            names = "--length",
            paramLabel = "BYTES",
            converter = Sizes.class,
            description = "shm, pshm: so many bytes; all")
    private @Nullable Long length;

    long offset() {
        return offset == null ? 0 : offset;
    }

    /// Negative if nothing was said.
    long length() {
        return length == null ? -1 : length;
    }

    /// Refuses a range of anything but memory.
    void requireFit(Address address, CommandLine line) {
        if (!Talk.isMemory(address) && (offset != null || length != null)) {
            throw new ParameterException(line, "--offset and --length are for shm: and pshm:");
        }
    }
}
