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
        setBits(code);
        put(code, RET);
    }

    private void setBits(ByteBuffer code) {
        putRelative(code, "488b05", SET_BITS); // mov rax, [rip + bits]
        put(code, "480982").putInt(maskOffset); // or [rdx + mask], rax
    }

    @Override
    public void sendBack(ByteBuffer code) {
        put(code, ENDBR64);
        setBits(code);
        put(code, "8b4608"); // mov eax, [rsi + si_code]
        putRelative(code, "3b05", CODE); // cmp eax, [rip + code]
        put(code, "740c"); // je over the next three: it was sent back before
        put(code, "894604"); // mov [rsi + si_errno], eax
        putRelative(code, "8b05", CODE); // mov eax, [rip + code]
        put(code, "894608"); // mov [rsi + si_code], eax
        put(code, "57" + "56"); // push rdi, rsi
        put(code, "b827000000" + "0f05"); // mov eax, SYS_getpid; syscall
        put(code, "4889c7"); // mov rdi, rax
        put(code, "5a" + "5e"); // pop rdx, rsi: info, signal
        put(code, "b881000000" + "0f05"); // mov eax, SYS_rt_sigqueueinfo; syscall
        countFailure(code);
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

    @Override
    public void replaceLostPages(ByteBuffer code) {
        put(code, ENDBR64);
        put(code, "837e0802" + "7533"); // cmp dword [rsi + si_code], BUS_ADRERR; jne to the chain
        put(code, "488b4e10"); // mov rcx, [rsi + si_addr]
        putRelative(code, "4c8d05", RANGES); // lea r8, [rip + ranges]
        putRelative(code, "4c8d0d", END); // lea r9, [rip + end]
        put(code, "4d8b10"); // mov r10, [r8 + number]
        put(code, "4889c8" + "492b4008"); // mov rax, rcx; sub rax, [r8 + start]
        put(code, "4d8b5810"); // mov r11, [r8 + length]
        put(code, "4c39d8" + "7305"); // cmp rax, r11; jae over the next two
        put(code, "4d3b10" + "740f"); // cmp r10, [r8 + number]; je over the chain
        put(code, "4983c020"); // add r8, 32
        put(code, "4d39c8" + "72df"); // cmp r8, r9; jb back to the number
        putRelative(code, "ff25", NEXT); // jmp [rip + next]
        put(code, "4d8b4818" + "41c70101000000"); // mov r9, [r8 + word]; mov dword [r9], 1
        put(code, "57" + "56" + "52" + "4151"); // push rdi, rsi, rdx, r9
        mapZeros(code);
        put(code, "5f"); // pop rdi: the word
        put(code, "4885c0" + "7816"); // test rax, rax; js over the next four
        put(code, "be01000000"); // mov esi, FUTEX_WAKE
        put(code, "baffffff7f"); // mov edx, all
        put(code, "b8ca000000" + "0f05"); // mov eax, SYS_futex; syscall
        put(code, "4883c418" + RET); // add rsp, 24
        put(code, "5a" + "5e" + "5f"); // pop rdx, rsi, rdi
        putRelative(code, "ff25", NEXT); // jmp [rip + next]
    }

    /// `mmap(page, end - page, READ | WRITE, PRIVATE | FIXED | ANONYMOUS | NORESERVE, -1, 0)` of
    /// the address in `rcx`, which is `rax` behind the start of `r11` bytes.
    private static void mapZeros(ByteBuffer code) {
        put(code, "4a8d3419" + "4829c6"); // lea rsi, [rcx + r11]; sub rsi, rax: the end
        put(code, "4889cf"); // mov rdi, rcx
        putRelative(code, "48233d", PAGE_MASK); // and rdi, [rip + mask]
        put(code, "4829fe"); // sub rsi, rdi
        put(code, "ba03000000" + "41ba32400000"); // mov edx, 3; mov r10d, 0x4032
        put(code, "49c7c0ffffffff" + "4531c9"); // mov r8, -1; xor r9d, r9d
        put(code, "b809000000" + "0f05"); // mov eax, SYS_mmap; syscall
    }

    /// `write(descriptor, info, 128)`, without libc and so without errno.
    private static void write(ByteBuffer code) {
        putRelative(code, "8b3d", DESCRIPTOR); // mov edi, [rip + descriptor]
        put(code, "ba80000000"); // mov edx, 128
        put(code, "b801000000"); // mov eax, SYS_write
        put(code, "0f05"); // syscall
        countFailure(code);
    }

    private static void countFailure(ByteBuffer code) {
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
