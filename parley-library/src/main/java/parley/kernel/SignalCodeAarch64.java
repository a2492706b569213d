package parley.kernel;

import java.nio.ByteBuffer;

/// For aarch64. Arguments come in `x0` to `x2`; a system call changes `x0` alone.
final class SignalCodeAarch64 implements SignalCode {
    private static final int BTI_C = 0xD503245F; // for branch target identification
    private static final int RET = 0xD65F03C0;

    private final int maskOffset; // of uc_sigmask

    SignalCodeAarch64(int maskOffset) {
        this.maskOffset = maskOffset;
    }

    @Override
    public void block(ByteBuffer code) {
        changeMask(code, SET_BITS, 0xAA040063); // orr x3, x3, x4
    }

    @Override
    public void unblock(ByteBuffer code) {
        changeMask(code, KEPT_BITS, 0x8A040063); // and x3, x3, x4
    }

    private void changeMask(ByteBuffer code, int bits, int change) {
        code.putInt(BTI_C);
        changeBits(code, bits, change);
        code.putInt(RET);
    }

    @Override
    public void sendBack(ByteBuffer code) {
        code.putInt(BTI_C);
        changeBits(code, SET_BITS, 0xAA040063); // orr x3, x3, x4
        code.putInt(0xB9400823); // ldr w3, [x1, #si_code]
        putRelative(code, 0x18000004, CODE); // ldr w4, code
        code.putInt(0x6B04007F); // cmp w3, w4
        code.putInt(0x54000060); // b.eq over the next two: it was sent back before
        code.putInt(0xB9000423); // str w3, [x1, #si_errno]
        code.putInt(0xB9000824); // str w4, [x1, #si_code]
        code.putInt(0xAA0103E5); // mov x5, x1
        code.putInt(0xAA0003E6); // mov x6, x0
        code.putInt(0xD2801588); // mov x8, #SYS_getpid
        code.putInt(0xD4000001); // svc #0
        code.putInt(0xAA0603E1); // mov x1, x6
        code.putInt(0xAA0503E2); // mov x2, x5
        code.putInt(0xD2801148); // mov x8, #SYS_rt_sigqueueinfo
        code.putInt(0xD4000001); // svc #0
        countFailure(code);
        code.putInt(RET);
    }

    private void changeBits(ByteBuffer code, int bits, int change) {
        int scaled = (maskOffset / Long.BYTES) << 10;
        putRelative(code, 0x58000004, bits); // ldr x4, bits
        code.putInt(0xF9400043 | scaled); // ldr x3, [x2, #mask]
        code.putInt(change);
        code.putInt(0xF9000043 | scaled); // str x3, [x2, #mask]
    }

    @Override
    public void record(ByteBuffer code) {
        code.putInt(BTI_C);
        write(code);
        code.putInt(RET);
    }

    @Override
    public void chain(ByteBuffer code) {
        code.putInt(BTI_C);
        code.putInt(0xA9BE07E0); // stp x0, x1, [sp, #-32]!
        code.putInt(0xA9017BE2); // stp x2, x30, [sp, #16]
        write(code);
        code.putInt(0xA9417BE2); // ldp x2, x30, [sp, #16]
        code.putInt(0xA8C207E0); // ldp x0, x1, [sp], #32
        putRelative(code, 0x58000010, NEXT); // ldr x16, next
        code.putInt(0xD61F0200); // br x16
    }

    @Override
    public void replaceLostPages(ByteBuffer code) {
        code.putInt(BTI_C);
        code.putInt(0xB9400823); // ldr w3, [x1, #si_code]
        code.putInt(0x7100087F); // cmp w3, #BUS_ADRERR
        code.putInt(0x54000241); // b.ne to the chain
        code.putInt(0xF9400824); // ldr x4, [x1, #si_addr]
        putAddress(code, 5, RANGES); // adr x5, ranges
        putAddress(code, 6, END); // adr x6, end
        code.putInt(0xC8DFFCA7); // ldar x7, [x5]: the number
        code.putInt(0x910020A8); // add x8, x5, #start
        code.putInt(0xC8DFFD08); // ldar x8, [x8]
        code.putInt(0x910040A9); // add x9, x5, #length
        code.putInt(0xC8DFFD29); // ldar x9, [x9]
        code.putInt(0xCB08008A); // sub x10, x4, x8
        code.putInt(0xEB09015F); // cmp x10, x9
        code.putInt(0x54000082); // b.hs over the next three
        code.putInt(0xF94000AB); // ldr x11, [x5, #number]
        code.putInt(0xEB07017F); // cmp x11, x7
        code.putInt(0x540000C0); // b.eq over the chain
        code.putInt(0x910080A5); // add x5, x5, #32
        code.putInt(0xEB0600BF); // cmp x5, x6
        code.putInt(0x54FFFE63); // b.lo back to the number
        putRelative(code, 0x58000010, NEXT); // ldr x16, next
        code.putInt(0xD61F0200); // br x16
        code.putInt(0xF9400CA6); // ldr x6, [x5, #word]
        code.putInt(0x52800027); // mov w7, #1
        code.putInt(0xB90000C7); // str w7, [x6]
        code.putInt(0xAA0003EA); // mov x10, x0
        code.putInt(0xAA0103EB); // mov x11, x1
        code.putInt(0xAA0203EC); // mov x12, x2
        mapZeros(code);
        code.putInt(0xB7F800E0); // tbnz x0, #63, over the next six
        code.putInt(0xAA0603E0); // mov x0, x6
        code.putInt(0xD2800021); // mov x1, #FUTEX_WAKE
        code.putInt(0xB2407BE2); // mov x2, #0x7fffffff
        code.putInt(0xD2800C48); // mov x8, #SYS_futex
        code.putInt(0xD4000001); // svc #0
        code.putInt(RET);
        code.putInt(0xAA0A03E0); // mov x0, x10
        code.putInt(0xAA0B03E1); // mov x1, x11
        code.putInt(0xAA0C03E2); // mov x2, x12
        code.putInt(0x17FFFFE4); // b to the chain
    }

    /// `mmap(page, end - page, READ | WRITE, PRIVATE | FIXED | ANONYMOUS | NORESERVE, -1, 0)` of
    /// the address in `x4`, in the range of `x9` bytes from `x8` on.
    private static void mapZeros(ByteBuffer code) {
        putRelative(code, 0x58000003, PAGE_MASK); // ldr x3, mask
        code.putInt(0x8A030080); // and x0, x4, x3
        code.putInt(0x8B090101); // add x1, x8, x9
        code.putInt(0xCB000021); // sub x1, x1, x0
        code.putInt(0xD2800062); // mov x2, #3
        code.putInt(0xD2880643); // mov x3, #0x4032
        code.putInt(0x92800004); // mov x4, #-1
        code.putInt(0xD2800005); // mov x5, #0
        code.putInt(0xD2801BC8); // mov x8, #SYS_mmap
        code.putInt(0xD4000001); // svc #0
    }

    /// `write(descriptor, info, 128)`: `info` is in `x1` already.
    private static void write(ByteBuffer code) {
        putRelative(code, 0x18000000, DESCRIPTOR); // ldr w0, descriptor
        code.putInt(0xD2801002); // mov x2, #128
        code.putInt(0xD2800808); // mov x8, #SYS_write
        code.putInt(0xD4000001); // svc #0
        countFailure(code);
    }

    private static void countFailure(ByteBuffer code) {
        code.putInt(0xB6F800C0); // tbz x0, #63, over the next five
        putAddress(code, 3, DROPPED); // adr x3, dropped
        code.putInt(0xC85F7C64); // ldxr x4, [x3]
        code.putInt(0x91000484); // add x4, x4, #1
        code.putInt(0xC8057C64); // stxr w5, x4, [x3]
        code.putInt(0x35FFFFA5); // cbnz w5, back to ldxr
    }

    /// Loads from a distance of up to 1 MiB: its upper 19 bits, in bits 5 to 23.
    private static void putRelative(ByteBuffer code, int instruction, int to) {
        int words = (to - code.position()) / Integer.BYTES;
        code.putInt(instruction | (words << 5));
    }

    /// `adr`: the lower two bits of the distance are apart.
    private static void putAddress(ByteBuffer code, int register, int to) {
        int distance = to - code.position();
        code.putInt(0x10000000 | register | ((distance & 3) << 29) | ((distance >> 2) << 5));
    }
}
