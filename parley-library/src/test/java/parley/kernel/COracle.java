package parley.kernel;

import java.io.IOException;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.StructLayout;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Turns what Java believes of C into C: one `_Static_assert` for each layout and constant, which a
/// compiler judges without running anything, so that a cross compiler can judge for its platform.
///
/// A `long` constant named like a field of a layout in its class (`MQ_MAXMSG`, of `mq_maxmsg`) is
/// that field's offset; it is compared with the layout, and the layout with C.
final class COracle {
    /// Newer than the headers of Debian 12: judged only by a compiler that has them.
    static final Set<String> NEWER_THAN_THE_HEADERS =
            new TreeSet<>(
                    Set.of(
                            "EPIOCGPARAMS",
                            "EPIOCSPARAMS",
                            "F_SEAL_EXEC",
                            "IORING_OP_FUTEX_WAIT",
                            "MADV_COLLAPSE",
                            "MFD_EXEC",
                            "MFD_NOEXEC_SEAL",
                            "PIDFD_INFO_CGROUPID",
                            "PIDFD_INFO_CREDS",
                            "PIDFD_INFO_EXIT",
                            "PIDFD_INFO_PID",
                            "PIDFD_SIGNAL_PROCESS_GROUP",
                            "PIDFD_SIGNAL_THREAD",
                            "SCM_PIDFD",
                            "SCM_SECURITY", // of the kernel alone, as libc has it
                            "SO_PASSRIGHTS",
                            "PIDFD_SIGNAL_THREAD_GROUP",
                            "SO_PASSPIDFD",
                            "SO_PEERPIDFD"));

    /// Structures newer than those headers, each with a macro that came with it.
    private static final Map<String, String> NEWER_STRUCTURES =
            Map.of("epoll_params", "EPIOCGPARAMS", "pidfd_info", "PIDFD_INFO_EXIT");

    /// Those of them that later versions of the kernel make longer.
    private static final Set<String> GROWING = Set.of("pidfd_info");

    /// Constants of our own naming, and what they are in C.
    private static final Map<String, String> OURS =
            Map.ofEntries(
                    Map.entry("FD_SET_BYTES", "sizeof(fd_set)"),
                    Map.entry("PIDFD_GET_INFO", "_IOC(_IOC_READ | _IOC_WRITE, 0xFF, 11, 64)"),
                    Map.entry("SIGNALS", "_NSIG - 1"),
                    Map.entry("SIG_DFL", "(long) SIG_DFL"),
                    Map.entry("SIG_IGN", "(long) SIG_IGN"),
                    Map.entry("PATH_BYTES", "sizeof(((struct sockaddr_un *)0)->sun_path)"),
                    Map.entry("TYPE_BYTES", "sizeof(long)"),
                    Map.entry("SHM_HUGE_SHIFT", "HUGETLB_FLAG_ENCODE_SHIFT"),
                    Map.entry("PARAMS_FLAGS", "offsetof(struct io_uring_params, flags)"),
                    Map.entry("SQE_FD", "offsetof(struct io_uring_sqe, fd)"),
                    Map.entry("SQE_USER_DATA", "offsetof(struct io_uring_sqe, user_data)"),
                    Map.entry("CQE_USER_DATA", "offsetof(struct io_uring_cqe, user_data)"),
                    Map.entry("PROBE_OP_FLAGS", "offsetof(struct io_uring_probe_op, flags)"),
                    Map.entry("SQ_OFF_HEAD", "offsetof(struct io_uring_params, sq_off.head)"),
                    Map.entry("SQ_OFF_TAIL", "offsetof(struct io_uring_params, sq_off.tail)"),
                    Map.entry(
                            "SQ_OFF_RING_MASK",
                            "offsetof(struct io_uring_params, sq_off.ring_mask)"),
                    Map.entry("SQ_OFF_ARRAY", "offsetof(struct io_uring_params, sq_off.array)"),
                    Map.entry("CQ_OFF_HEAD", "offsetof(struct io_uring_params, cq_off.head)"),
                    Map.entry("CQ_OFF_TAIL", "offsetof(struct io_uring_params, cq_off.tail)"),
                    Map.entry(
                            "CQ_OFF_RING_MASK",
                            "offsetof(struct io_uring_params, cq_off.ring_mask)"),
                    Map.entry("CQ_OFF_CQES", "offsetof(struct io_uring_params, cq_off.cqes)"));

    /// Fields that are narrower here than in C, and why.
    private static final Map<String, String> NARROWER =
            Map.of("ipc_perm.mode", "16 bits in older C libraries");

    private static final List<String> ABI_HEADERS =
            List.of(
                    "fcntl.h",
                    "sys/syscall.h",
                    "sys/sem.h",
                    "sys/epoll.h",
                    "pthread.h",
                    "ucontext.h");
    private static final Pattern OFFSET_OF = Pattern.compile("offsetof_(\\w+_t)_(\\w+)");
    private static final Pattern SIZE_OF = Pattern.compile("sizeof_(\\w+)");

    private final Abi abi;
    private final List<String> lines = new ArrayList<>();

    COracle(Abi abi, List<String> headers) {
        this.abi = abi;
        lines.add("#include <stddef.h>");
        headers.forEach(header -> lines.add("#include <" + header + ">"));
    }

    /// All that the classes of this package say about a platform, one C file per class.
    static Map<String, String> files(Abi abi) throws Exception {
        var files = new TreeMap<String, String>();
        for (var type : bindings()) {
            var headers = type.getAnnotation(Header.class).value();
            files.put(
                    type.getSimpleName(), new COracle(abi, List.of(headers)).addClass(type).text());
        }
        files.put("Abi", new COracle(abi, ABI_HEADERS).addAbi().text());
        return files;
    }

    /// The classes that stand for C headers, found in the folder of compiled classes.
    static List<Class<?>> bindings() throws Exception {
        var root =
                Path.of(Native.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> entries = Files.list(root.resolve("parley/kernel"))) {
            var names = entries.map(entry -> entry.getFileName().toString()).sorted().toList();
            var found = new ArrayList<Class<?>>();
            for (var name : names) {
                if (name.endsWith(".class") && !name.startsWith("package-info")) {
                    var type = Class.forName("parley.kernel." + name.replace(".class", ""));
                    if (type.isAnnotationPresent(Header.class)) {
                        found.add(type);
                    }
                }
            }
            return found;
        }
    }

    String text() {
        return String.join("\n", lines) + "\n";
    }

    COracle addClass(Class<?> type) throws IllegalAccessException {
        var fields =
                Arrays.stream(type.getDeclaredFields())
                        .filter(field -> Modifier.isPublic(field.getModifiers()))
                        .filter(field -> Modifier.isStatic(field.getModifiers()))
                        .toList();
        var layouts = new ArrayList<StructLayout>();
        for (var field : fields) {
            if (field.getType() == StructLayout.class) {
                layouts.add((StructLayout) field.get(null));
            }
        }
        for (var layout : layouts) {
            addLayout(type.getSimpleName(), ofPlatform(layout));
        }
        for (var field : fields) {
            if (field.getType().isPrimitive() && !isOffset(field, layouts)) {
                addConstant(type.getSimpleName(), field);
            }
        }
        return this;
    }

    private StructLayout ofPlatform(StructLayout layout) {
        return switch (layout.name().orElseThrow()) {
            case "semid_ds" -> abi.semid_ds();
            case "epoll_event" -> abi.epoll_event();
            default -> layout;
        };
    }

    /// The offsets of the fields of `layouts` that a constant's name may mean.
    static List<Long> offsets(String constant, List<StructLayout> layouts) {
        var found = new ArrayList<Long>();
        for (var layout : layouts) {
            for (var member : layout.memberLayouts()) {
                var name = member.name().orElse("").replaceFirst("^_+", "");
                if (name.toUpperCase(Locale.ROOT).equals(constant)) {
                    found.add(layout.byteOffset(PathElement.groupElement(member.name().get())));
                }
            }
        }
        return found;
    }

    private static boolean isOffset(Field field, List<StructLayout> layouts)
            throws IllegalAccessException {
        if (field.getType() != long.class) {
            return false;
        }
        var offsets = offsets(field.getName(), layouts);
        if (!offsets.isEmpty() && !offsets.contains(field.getLong(null))) {
            throw new AssertionError(field + " is none of the offsets " + offsets);
        }
        return !offsets.isEmpty();
    }

    private void addConstant(String type, Field field) throws IllegalAccessException {
        var name = field.getName();
        long value = valueOnPlatform(name).orElse(((Number) field.get(null)).longValue());
        boolean mayBeMissing = NEWER_THAN_THE_HEADERS.contains(name);
        if (mayBeMissing) {
            lines.add("#ifdef " + name);
        }
        addEqual(OURS.getOrDefault(name, name), value, type + "." + name);
        if (mayBeMissing) {
            lines.add("#endif");
        }
    }

    /// The value of a constant that differs by platform.
    private Optional<Long> valueOnPlatform(String name) {
        return Arrays.stream(Abi.class.getRecordComponents())
                .filter(component -> component.getName().equals(name))
                .map(component -> ((Number) value(component)).longValue())
                .findFirst();
    }

    private Object value(RecordComponent component) {
        try {
            return component.getAccessor().invoke(abi);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(component.getName(), e);
        }
    }

    COracle addAbi() {
        for (var component : Abi.class.getRecordComponents()) {
            if (value(component) instanceof StructLayout layout) {
                addLayout("Abi", layout);
            } else if (value(component) instanceof Number constant) {
                long number = constant.longValue();
                addEqual(expression(component.getName()), number, "Abi." + component.getName());
            }
        }
        return this;
    }

    private static String expression(String component) {
        var offset = OFFSET_OF.matcher(component);
        if (offset.matches()) {
            return "offsetof(" + offset.group(1) + ", " + offset.group(2) + ")";
        }
        var size = SIZE_OF.matcher(component);
        return size.matches() ? "sizeof(" + size.group(1) + ")" : component;
    }

    /// A structure: its size, an alignment that is enough for C, each named field's place and size.
    /// A structure within it is judged by itself; here by where the next field is.
    void addLayout(String type, StructLayout layout) {
        var name = layout.name().orElseThrow();
        var macro = NEWER_STRUCTURES.get(name);
        if (macro != null) {
            lines.add("#ifdef " + macro);
        }
        addMembers(type, layout, name.endsWith("_t") ? name : "struct " + name);
        if (macro != null) {
            lines.add("#endif");
        }
    }

    private void addMembers(String type, StructLayout layout, String c) {
        var where = type + ": " + c;
        if (GROWING.contains(layout.name().orElseThrow())) {
            addEqual("sizeof(" + c + ") >= " + layout.byteSize(), 1, where + " size");
        } else {
            addEqual("sizeof(" + c + ")", layout.byteSize(), where + " size");
        }
        lines.add(
                "_Static_assert(%d %% _Alignof(%s) == 0, \"%s alignment\");"
                        .formatted(layout.byteAlignment(), c, where));
        for (var member : layout.memberLayouts()) {
            if (!(member instanceof PaddingLayout) && !(member instanceof GroupLayout)) {
                addField(c, where, layout, member);
            }
        }
    }

    private void addField(String c, String where, StructLayout layout, MemoryLayout member) {
        var field = member.name().orElseThrow();
        long offset = layout.byteOffset(PathElement.groupElement(field));
        addEqual("offsetof(" + c + ", " + field + ")", offset, where + "." + field + " offset");
        if (!NARROWER.containsKey(layout.name().orElseThrow() + "." + field)) {
            var size = "sizeof(((" + c + " *)0)->" + field + ")";
            addEqual(size, member.byteSize(), where + "." + field + " size");
        }
    }

    void addEqual(String expression, long value, String what) {
        lines.add("_Static_assert((%s) == %dL, \"%s\");".formatted(expression, value, what));
    }

    /// A C compiler for a platform.
    record Compiler(String command) {
        static Compiler of(Abi abi) {
            if (abi.equals(Abi.HOST)) {
                return new Compiler("cc");
            }
            return new Compiler(
                    abi.equals(Abi.LINUX_AARCH64)
                            ? "aarch64-linux-gnu-gcc"
                            : "x86_64-linux-gnu-gcc");
        }

        boolean isInstalled() {
            return Stream.of(System.getenv("PATH").split(":", -1))
                    .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
        }

        /// What it says against a text; empty if nothing.
        String judge(String text) throws IOException, InterruptedException {
            return run(text, "-fsyntax-only");
        }

        /// The macros that are defined after a text.
        String macros(String text) throws IOException, InterruptedException {
            return run(text, "-dM", "-E");
        }

        private String run(String text, String... options)
                throws IOException, InterruptedException {
            var words = new ArrayList<>(List.of(command, "-D_GNU_SOURCE", "-x", "c", "-"));
            words.addAll(1, List.of(options));
            var process = new ProcessBuilder(words).redirectErrorStream(true).start();
            try (var input = process.getOutputStream()) {
                input.write(text.getBytes(StandardCharsets.UTF_8));
            }
            var output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            return status != 0 && output.isEmpty() ? command + " ended with " + status : output;
        }
    }
}
