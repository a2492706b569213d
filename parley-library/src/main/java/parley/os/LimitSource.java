package parley.os;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import parley.kernel.SysResource;
import parley.kernel.SysStatvfs;

/// Where the kernel keeps a limit: how it is read, what it is called there, what raises it.
sealed interface LimitSource {
    /// What stands in the `max` of a limit that has none.
    long UNLIMITED = Limit.UNLIMITED;

    long INT_MAX = Integer.MAX_VALUE;
    long LONG_MAX = Long.MAX_VALUE;

    /// Objects of a System V kind in a namespace: the kernel's bound on its own sysctls.
    long IPCMNI = 32_768;

    /// The limit in force; empty where this kernel has none, or does not show it.
    OptionalLong value();

    /// What an unprivileged process may raise it to; empty where there is no such second value.
    default OptionalLong hardValue() {
        return OptionalLong.empty();
    }

    /// Where it stands: `/proc/sys/kernel/sem, 4th value`.
    String place();

    /// The same as short as it fits into a sentence: `kernel.sem, 4th value`.
    default String name() {
        return place();
    }

    /// The command that raises it; empty if nothing does.
    Optional<String> command();

    /// Twice the value, as something to type; within what the kernel accepts.
    private static long more(long value, long max) {
        return value >= max / 2 ? max : Math.max(2 * value, 1);
    }

    /// One number of a file under `/proc/sys`.
    ///
    /// @param name as sysctl(8) takes it
    /// @param field which of the numbers in the file, from 0
    /// @param max the largest that the kernel accepts, as far as the manual pages say
    /// @param zeroIsUnlimited true if 0 means that there is no limit
    record Sysctl(String name, int field, long max, boolean zeroIsUnlimited)
            implements LimitSource {
        private static final BigInteger SATURATED = BigInteger.valueOf(Long.MAX_VALUE);
        private static final String[] ORDINALS = {"1st", "2nd", "3rd", "4th"};

        /// A file of one number.
        static Sysctl of(String name, long max) {
            return new Sysctl(name, 0, max, false);
        }

        @Override
        public OptionalLong value() {
            try {
                long value = new BigInteger(fields().get(field)).min(SATURATED).longValueExact();
                return OptionalLong.of(zeroIsUnlimited && value == 0 ? UNLIMITED : value);
            } catch (IOException | ArithmeticException | IndexOutOfBoundsException e) {
                return OptionalLong.empty();
            } catch (NumberFormatException _) { // of a kernel that writes something else there
                return OptionalLong.empty();
            }
        }

        private List<String> fields() throws IOException {
            return new ArrayList<>(ProcFile.fields(path()));
        }

        private String path() {
            return "/proc/sys/" + name.replace('.', '/');
        }

        private boolean isOneOfMany() {
            return name.equals("kernel.sem");
        }

        @Override
        public String name() {
            return isOneOfMany() ? name + ", " + ORDINALS[field] + " value" : name;
        }

        @Override
        public String place() {
            return isOneOfMany() ? path() + ", " + ORDINALS[field] + " value" : path();
        }

        @Override
        public Optional<String> command() {
            var now = value();
            if (now.isEmpty() || now.getAsLong() >= max) {
                return Optional.empty();
            }
            try {
                var fields = fields();
                fields.set(field, Long.toString(more(now.getAsLong(), max)));
                var all = String.join(" ", fields);
                var quoted = fields.size() > 1 ? '"' + all + '"' : all;
                return Optional.of("sysctl -w " + name + "=" + quoted);
            } catch (IOException | IndexOutOfBoundsException _) {
                return Optional.empty();
            }
        }
    }

    /// A limit of getrlimit(2): per process, inherited.
    ///
    /// @param resource its number
    /// @param name its C name
    /// @param letter the option of the shell's `ulimit`
    /// @param unitBytes the unit of that option, where it counts bytes
    record Rlimit(int resource, String name, char letter, long unitBytes) implements LimitSource {
        @Override
        public OptionalLong value() {
            return read(SysResource.RLIM_CUR);
        }

        @Override
        public OptionalLong hardValue() {
            return read(SysResource.RLIM_MAX);
        }

        private OptionalLong read(long which) {
            try (var arena = Arena.ofConfined()) {
                var limits = arena.allocate(SysResource.RLIMIT);
                if (SysResource.getrlimit(resource, limits) < 0) {
                    return OptionalLong.empty();
                }
                long value = limits.get(JAVA_LONG, which);
                return OptionalLong.of(value < 0 ? UNLIMITED : value); // RLIM_INFINITY is -1
            }
        }

        @Override
        public String place() {
            return name;
        }

        @Override
        public Optional<String> command() {
            long now = value().orElse(UNLIMITED);
            long max = resource == SysResource.RLIMIT_NOFILE ? highestNofile() : UNLIMITED;
            if (now >= max) {
                return Optional.empty();
            }
            long wanted = more(now, max);
            return Optional.of(
                    "ulimit -%s %d (or %s=%d in a systemd unit)"
                            .formatted(
                                    letter,
                                    Math.ceilDiv(wanted, unitBytes),
                                    name.replace("RLIMIT_", "Limit"),
                                    wanted));
        }
    }

    /// What the kernel lets RLIMIT_NOFILE be raised to.
    private static long highestNofile() {
        return Limit.NR_OPEN.value().orElse(UNLIMITED);
    }

    /// What the kernel or libc was compiled with.
    record Fixed(long number, String place) implements LimitSource {
        @Override
        public OptionalLong value() {
            return OptionalLong.of(number);
        }

        @Override
        public Optional<String> command() {
            return Optional.empty();
        }
    }

    /// The size of a file system in memory.
    record FileSystem(String path) implements LimitSource {
        static final FileSystem SHARED_MEMORY = new FileSystem("/dev/shm");

        @Override
        public OptionalLong value() {
            long blocks = read(SysStatvfs.F_BLOCKS);
            if (blocks < 0) {
                return OptionalLong.empty();
            }
            return OptionalLong.of(blocks == 0 ? UNLIMITED : blocks); // tmpfs of size=0: no limit
        }

        /// Bytes in use; empty if it has no size.
        OptionalLong used() {
            long total = read(SysStatvfs.F_BLOCKS);
            return total <= 0
                    ? OptionalLong.empty()
                    : OptionalLong.of(total - read(SysStatvfs.F_BAVAIL));
        }

        /// A number of blocks, in bytes; -1 if there is no such file system.
        private long read(long which) {
            try (var arena = Arena.ofConfined()) {
                var status = arena.allocate(SysStatvfs.STATVFS);
                if (SysStatvfs.statvfs(arena.allocateFrom(path), status) < 0) {
                    return -1;
                }
                return status.get(JAVA_LONG, which) * status.get(JAVA_LONG, SysStatvfs.F_FRSIZE);
            }
        }

        @Override
        public String place() {
            return "size of " + path;
        }

        @Override
        public Optional<String> command() {
            long now = value().orElse(UNLIMITED);
            if (now == UNLIMITED) {
                return Optional.empty();
            }
            long mebibytes = Math.ceilDiv(more(now, UNLIMITED), 1 << 20);
            return Optional.of("mount -o remount,size=" + mebibytes + "M " + path);
        }
    }
}
