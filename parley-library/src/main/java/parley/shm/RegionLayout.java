package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32;
import parley.kernel.Unistd;
import parley.os.Fd;
import parley.os.FileStatus;
import parley.os.OsException;

/// How a region is laid out: a header, which never changes; a counter of those who joined; the
/// participants; from a page boundary on the data. See `docs/wire/region.md`.
///
/// @param number what both sides call the layout of the data
/// @param slots participants there may be
/// @param dataOffset where the data begins
/// @param dataBytes how long it is
record RegionLayout(long number, int slots, long dataOffset, long dataBytes) {
    static final int HEADER_BYTES = 64;

    /// A 32-bit counter, on which others wait.
    static final long JOINS = 2048;

    /// The participants.
    static final long TABLE = 4096;

    /// A byte to be locked: for reading while somebody joins who has found the region by its name,
    /// for writing while the name is taken away because nobody takes part.
    static final long DOOR = 0;

    private static final long PAGE_BYTES = 4096; // of the format, whatever the machine's are
    private static final long BYTES_MAX = 1L << 46;
    private static final long MAGIC = 0x31_59_45_4c_52_41_50_7fL; // 7f "PARLEY1" in memory
    private static final int VERSION = 1;
    private static final int BYTE_ORDER_MARK = 0x01020304;

    // Offsets in the header.
    private static final int AT_MAGIC = 0;
    private static final int AT_VERSION = 8;
    private static final int AT_BYTE_ORDER = 12;
    private static final int AT_NUMBER = 16;
    private static final int AT_SLOTS = 24;
    private static final int AT_DATA_OFFSET = 32;
    private static final int AT_DATA_BYTES = 40;
    private static final int AT_CHECKSUM = 60; // CRC-32 of all before it

    /// The layout of a new region.
    static RegionLayout of(long number, long dataBytes) {
        if (dataBytes < 1 || dataBytes > BYTES_MAX) {
            throw new IllegalArgumentException(
                    "not 1..%d bytes: %d".formatted(BYTES_MAX, dataBytes));
        }
        int slots = ParticipantTable.SLOTS_MAX;
        return new RegionLayout(number, slots, dataOffset(slots), dataBytes);
    }

    static long slotOffset(int slot) {
        return TABLE + (long) slot * ParticipantTable.SLOT_BYTES;
    }

    private static long tableBytes(int slots) {
        return (long) slots * ParticipantTable.SLOT_BYTES;
    }

    long tableBytes() {
        return tableBytes(slots);
    }

    private static long dataOffset(int slots) {
        return TABLE + Math.ceilDiv(tableBytes(slots), PAGE_BYTES) * PAGE_BYTES;
    }

    long bytes() {
        return dataOffset + dataBytes;
    }

    /// The header.
    byte[] header() {
        var bytes = new byte[HEADER_BYTES];
        var header = MemorySegment.ofArray(bytes);
        header.set(JAVA_LONG_UNALIGNED, AT_MAGIC, MAGIC);
        header.set(JAVA_INT_UNALIGNED, AT_VERSION, VERSION);
        header.set(JAVA_INT_UNALIGNED, AT_BYTE_ORDER, BYTE_ORDER_MARK);
        header.set(JAVA_LONG_UNALIGNED, AT_NUMBER, number);
        header.set(JAVA_INT_UNALIGNED, AT_SLOTS, slots);
        header.set(JAVA_LONG_UNALIGNED, AT_DATA_OFFSET, dataOffset);
        header.set(JAVA_LONG_UNALIGNED, AT_DATA_BYTES, dataBytes);
        header.set(JAVA_INT_UNALIGNED, AT_CHECKSUM, checksum(bytes));
        return bytes;
    }

    private static int checksum(byte[] header) {
        var checksum = new CRC32();
        checksum.update(header, 0, AT_CHECKSUM);
        return (int) checksum.getValue();
    }

    /// Reads a header, of which this is a private copy, and believes nothing of it.
    ///
    /// @param bytes of the whole object, as the kernel says
    /// @throws BadRegionException if it is none, of another version, or cannot be right
    static RegionLayout read(byte[] copy, long bytes) throws BadRegionException {
        var header = MemorySegment.ofArray(copy);
        require(header.get(JAVA_LONG_UNALIGNED, AT_MAGIC) == MAGIC, "it is no region of Parley's");
        int mark = header.get(JAVA_INT_UNALIGNED, AT_BYTE_ORDER);
        require(mark == BYTE_ORDER_MARK, "it has another byte order");
        int version = header.get(JAVA_INT_UNALIGNED, AT_VERSION);
        require(
                version == VERSION,
                "it has version %d of the format, and this is version %d"
                        .formatted(version, VERSION));
        int sum = header.get(JAVA_INT_UNALIGNED, AT_CHECKSUM);
        require(sum == checksum(copy), "its header is damaged");
        int slots = header.get(JAVA_INT_UNALIGNED, AT_SLOTS);
        long dataOffset = header.get(JAVA_LONG_UNALIGNED, AT_DATA_OFFSET);
        long dataBytes = header.get(JAVA_LONG_UNALIGNED, AT_DATA_BYTES);
        require(slots >= 1 && slots <= ParticipantTable.SLOTS_MAX, slots + " participants");
        require(dataOffset == dataOffset(slots), "its data begins at " + dataOffset);
        require(dataBytes >= 1 && dataBytes <= BYTES_MAX, dataBytes + " bytes of data");
        require(
                bytes == dataOffset + dataBytes,
                "it is %d bytes long, and should be %d".formatted(bytes, dataOffset + dataBytes));
        long number = header.get(JAVA_LONG_UNALIGNED, AT_NUMBER);
        return new RegionLayout(number, slots, dataOffset, dataBytes);
    }

    /// Reads the header of an object once, and closes nothing.
    ///
    /// @throws BadRegionException if the object is no region
    static RegionLayout read(Fd fd, String object) throws IOException {
        long bytes = FileStatus.of(fd).sizeBytes();
        try (var arena = Arena.ofConfined()) {
            var copy = arena.allocate(HEADER_BYTES);
            long r = Unistd.pread(fd.number(), copy, 0);
            OsException.check("pread", object, r);
            return read(copy.toArray(JAVA_BYTE), bytes);
        } catch (BadRegionException e) {
            throw new BadRegionException(object + ": " + e.getMessage());
        }
    }

    /// Reads the header of an object once, and closes nothing.
    ///
    /// @param number what the layout of the data should be
    /// @throws BadRegionException if the object is no region, or has another layout
    static RegionLayout read(Fd fd, String object, long number) throws IOException {
        var layout = read(fd, object);
        if (layout.number != number) {
            throw new BadRegionException(
                    "%s: its data has layout %d, and %d was expected"
                            .formatted(object, layout.number, number));
        }
        return layout;
    }

    /// Where something of the data is in the region.
    ///
    /// @throws IllegalArgumentException if it is not all within the data, or not aligned
    long place(String what, long offset, long bytes, long alignment) {
        if (offset % alignment != 0 || offset < 0 || offset > dataBytes - bytes) {
            throw new IllegalArgumentException(
                    "%s takes %d bytes at a multiple of %d, within %d: %d"
                            .formatted(what, bytes, alignment, dataBytes, offset));
        }
        return dataOffset + offset;
    }

    private static void require(boolean holds, String otherwise) throws BadRegionException {
        if (!holds) {
            throw new BadRegionException(otherwise);
        }
    }
}
