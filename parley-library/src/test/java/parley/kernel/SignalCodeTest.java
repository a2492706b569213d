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

    private static final List<String> LABELS =
            List.of("set", "kept", "descriptor", "dropped", "next", "code", "page");

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

    private static final String X86_64_REPLACE =
            """
            cmpl $2, 8(%rsi)
            jne 4f
            mov 16(%rsi), %rcx
            lea ranges(%rip), %r8
            lea ranges_end(%rip), %r9
            1: mov (%r8), %r10
            mov %rcx, %rax
            sub 8(%r8), %rax
            mov 16(%r8), %r11
            cmp %r11, %rax
            jae 2f
            cmp (%r8), %r10
            je 3f
            2: add $32, %r8
            cmp %r9, %r8
            jb 1b
            4: jmp *next(%rip)
            3: mov 24(%r8), %r9
            movl $1, (%r9)
            push %rdi
            push %rsi
            push %rdx
            push %r9
            lea (%rcx,%r11), %rsi
            sub %rax, %rsi
            mov %rcx, %rdi
            and page(%rip), %rdi
            sub %rdi, %rsi
            mov $3, %edx
            mov $0x4032, %r10d
            mov $-1, %r8
            xor %r9d, %r9d
            mov $9, %eax
            syscall
            pop %rdi
            test %rax, %rax
            js 5f
            mov $1, %esi
            mov $0x7fffffff, %edx
            mov $202, %eax
            syscall
            add $24, %rsp
            ret
            5: pop %rdx
            pop %rsi
            pop %rdi
            jmp *next(%rip)
            """;

    private static final String AARCH64_REPLACE =
            """
            ldr w3, [x1, #8]
            cmp w3, #2
            b.ne 4f
            ldr x4, [x1, #16]
            adr x5, ranges
            adr x6, ranges_end
            1: ldar x7, [x5]
            add x8, x5, #8
            ldar x8, [x8]
            add x9, x5, #16
            ldar x9, [x9]
            sub x10, x4, x8
            cmp x10, x9
            b.hs 2f
            ldr x11, [x5]
            cmp x11, x7
            b.eq 3f
            2: add x5, x5, #32
            cmp x5, x6
            b.lo 1b
            4: ldr x16, next
            br x16
            3: ldr x6, [x5, #24]
            mov w7, #1
            str w7, [x6]
            mov x10, x0
            mov x11, x1
            mov x12, x2
            ldr x3, page
            and x0, x4, x3
            add x1, x8, x9
            sub x1, x1, x0
            mov x2, #3
            mov x3, #0x4032
            mov x4, #-1
            mov x5, #0
            mov x8, #222
            svc #0
            tbnz x0, #63, 5f
            mov x0, x6
            mov x1, #1
            mov x2, #0x7fffffff
            mov x8, #98
            svc #0
            ret
            5: mov x0, x10
            mov x1, x11
            mov x2, x12
            b 4b
            """;

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
                handler(
                        x86,
                        "replaceLostPages",
                        SignalCode::replaceLostPages,
                        "endbr64",
                        X86_64_REPLACE),
                handler(
                        arm,
                        "replaceLostPages",
                        SignalCode::replaceLostPages,
                        "bti c",
                        AARCH64_REPLACE),
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
        for (var label : LABELS) {
            program.append(label).append(": .quad 0\n");
        }
        program.append(".quad 0\nranges: .zero 131072\nranges_end:\n");
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
