package parley.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import parley.peer.Command;

/// The assembler as judge of the machine code of signal handlers, for both platforms.
class SignalCodeTest {
    private static final int CODE_BYTES_MAX = 256;

    private static final String X86_64_COUNT =
            """
            test %rax, %rax
            jns 1f
            lock incq dropped(%rip)
            1:
            """;

    private static final String X86_64_WRITE =
            """
            mov descriptor(%rip), %edi
            mov $128, %edx
            mov $1, %eax
            syscall
            """
                    + X86_64_COUNT;

    private static final String X86_64_SEND_BACK =
            """
            mov 8(%rsi), %eax
            cmp code(%rip), %eax
            je 3f
            mov %eax, 4(%rsi)
            mov code(%rip), %eax
            mov %eax, 8(%rsi)
            3:
            push %rdi
            push %rsi
            mov $39, %eax
            syscall
            mov %rax, %rdi
            pop %rdx
            pop %rsi
            mov $129, %eax
            syscall
            """
                    + X86_64_COUNT;

    private static final String AARCH64_COUNT =
            """
            tbz x0, #63, 1f
            adr x3, dropped
            2: ldxr x4, [x3]
            add x4, x4, #1
            stxr w5, x4, [x3]
            cbnz w5, 2b
            1:
            """;

    private static final String AARCH64_WRITE =
            """
            ldr w0, descriptor
            mov x2, #128
            mov x8, #64
            svc #0
            """
                    + AARCH64_COUNT;

    private static final String AARCH64_SEND_BACK =
            """
            ldr w3, [x1, #8]
            ldr w4, code
            cmp w3, w4
            b.eq 3f
            str w3, [x1, #4]
            str w4, [x1, #8]
            3:
            mov x5, x1
            mov x6, x0
            mov x8, #172
            svc #0
            mov x1, x6
            mov x2, x5
            mov x8, #138
            svc #0
            """
                    + AARCH64_COUNT;

    record Platform(Abi abi, String prefix, String name) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Arguments> handlers() {
        var x86 = new Platform(Abi.LINUX_X86_64, "", "x86-64");
        var arm = new Platform(Abi.LINUX_AARCH64, "aarch64-linux-gnu-", "aarch64");
        return Stream.of(
                handler(x86, "block", SignalCode::block, "endbr64", x86Mask("set", "or"), "ret"),
                handler(
                        x86,
                        "unblock",
                        SignalCode::unblock,
                        "endbr64",
                        x86Mask("kept", "and"),
                        "ret"),
                handler(
                        x86,
                        "sendBack",
                        SignalCode::sendBack,
                        "endbr64",
                        x86Mask("set", "or"),
                        X86_64_SEND_BACK,
                        "ret"),
                handler(
                        arm,
                        "sendBack",
                        SignalCode::sendBack,
                        "bti c",
                        armMask("set", "orr"),
                        AARCH64_SEND_BACK,
                        "ret"),
                handler(x86, "record", SignalCode::record, "endbr64", X86_64_WRITE, "ret"),
                handler(
                        x86,
                        "chain",
                        SignalCode::chain,
                        "endbr64\npush %rdi\npush %rsi\npush %rdx",
                        X86_64_WRITE,
                        "pop %rdx\npop %rsi\npop %rdi\njmp *next(%rip)"),
                handler(arm, "block", SignalCode::block, "bti c", armMask("set", "orr"), "ret"),
                handler(
                        arm,
                        "unblock",
                        SignalCode::unblock,
                        "bti c",
                        armMask("kept", "and"),
                        "ret"),
                handler(arm, "record", SignalCode::record, "bti c", AARCH64_WRITE, "ret"),
                handler(
                        arm,
                        "chain",
                        SignalCode::chain,
                        "bti c\nstp x0, x1, [sp, #-32]!\nstp x2, x30, [sp, #16]",
                        AARCH64_WRITE,
                        "ldp x2, x30, [sp, #16]\nldp x0, x1, [sp], #32\nldr x16, next\nbr x16"));
    }

    private static String x86Mask(String bits, String operation) {
        // The distance in its long form, which every offset of the mask fits.
        return "mov %s(%%rip), %%rax\n%s %%rax, 296(%%rdx)".formatted(bits, operation);
    }

    private static String armMask(String bits, String operation) {
        return "ldr x4, %s\nldr x3, [x2, #40]\n%s x3, x3, x4\nstr x3, [x2, #40]"
                .formatted(bits, operation);
    }

    private static Arguments handler(
            Platform platform,
            String name,
            BiConsumer<SignalCode, ByteBuffer> code,
            String... parts) {
        return Arguments.of(platform, name, code, String.join("\n", parts));
    }

    @ParameterizedTest(name = "{1} on {0}")
    @MethodSource("handlers")
    void theAssemblerMakesTheSame(
            Platform platform,
            String name,
            BiConsumer<SignalCode, ByteBuffer> code,
            String source,
            @TempDir Path folder)
            throws Exception {
        Command.require(platform.prefix + "gcc");
        var program = new StringBuilder(".text\n").append(source).append("\n.org 65536\n");
        for (var label : List.of("set", "kept", "descriptor", "dropped", "next", "code")) {
            program.append(label).append(": .quad 0\n");
        }
        var file = Files.writeString(folder.resolve("handler.s"), program);
        var object = folder.resolve("handler.o").toString();
        var flat = folder.resolve("handler.bin");
        var cpu = platform.prefix.isEmpty() ? List.<String>of() : List.of("-march=armv8.5-a");
        Command.output(words(cpu, platform.prefix + "gcc", "-c", "-o", object, file.toString()));
        Command.output(
                platform.prefix + "objcopy",
                "-O",
                "binary",
                "-j",
                ".text",
                object,
                flat.toString());
        var ours = ByteBuffer.allocate(CODE_BYTES_MAX).order(ByteOrder.LITTLE_ENDIAN);
        code.accept(platform.abi.signalCode(), ours);
        var theirs = new byte[ours.position()];
        ByteBuffer.wrap(Files.readAllBytes(flat)).get(theirs);
        assertEquals(hex(theirs), hex(Arrays.copyOf(ours.array(), ours.position())), name);
    }

    private static List<String> words(List<String> before, String program, String... more) {
        return Stream.of(Stream.of(program), before.stream(), Stream.of(more))
                .flatMap(part -> part)
                .toList();
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
