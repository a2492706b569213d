package parley.kernel;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/// For x86-64. Arguments come in `rdi`, `rsi`, `rdx`; a system call changes `rax`, `rcx`, `r11`.
final class SignalCodeX8664 implements SignalCode {
    private static final String ENDBR64 = "f30f1efa"; // for indirect branch tracking
    private static final String RET = "c3";

    private final int maskOffset; // of uc_sigmask

    SignalCodeX8664(int maskOffset) {
        this.maskOffset = maskOffset;
    }

    @Override
    public void block(ByteBuffer code) {
        put(code, ENDBR64);
        putRelative(code, "488b05", SET_BITS); // mov rax, [rip + bits]
        put(code, "480982").putInt(maskOffset); // or [rdx + mask], rax
        put(code, RET);
    }

    @Override
    public void unblock(ByteBuffer code) {
        put(code, ENDBR64);
        putRelative(code, "488b05", KEPT_BITS); // mov rax, [rip + bits]
        put(code, "482182").putInt(maskOffset); // and [rdx + mask], rax
        put(code, RET);
    }

    @Override
    public void record(ByteBuffer code) {
        put(code, ENDBR64);
        write(code);
        put(code, RET);
    }

    @Override
    public void chain(ByteBuffer code) {
        put(code, ENDBR64);
        put(code, "57" + "56" + "52"); // push rdi, rsi, rdx
        write(code);
        put(code, "5a" + "5e" + "5f"); // pop rdx, rsi, rdi
        putRelative(code, "ff25", NEXT); // jmp [rip + next]
    }

    /// `write(descriptor, info, 128)`, without libc and so without errno.
    private static void write(ByteBuffer code) {
        putRelative(code, "8b3d", DESCRIPTOR); // mov edi, [rip + descriptor]
        put(code, "ba80000000"); // mov edx, 128
        put(code, "b801000000"); // mov eax, SYS_write
        put(code, "0f05"); // syscall
        put(code, "4885c0"); // test rax, rax
        put(code, "7908"); // jns over the next
        putRelative(code, "f048ff05", DROPPED); // lock inc qword [rip + dropped]
    }

    private static ByteBuffer put(ByteBuffer code, String hex) {
        return code.put(HexFormat.of().parseHex(hex));
    }

    /// An instruction that ends with the distance from its own end.
    private static void putRelative(ByteBuffer code, String hex, int to) {
        put(code, hex);
        code.putInt(to - (code.position() + Integer.BYTES));
    }
}
