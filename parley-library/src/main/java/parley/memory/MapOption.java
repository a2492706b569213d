package parley.memory;

/// How memory is mapped, beyond what may be done with it. See mmap(2), "The flags argument".
///
/// Those that only promise speed are never refused; the others are an error where they cannot be
/// had, and none is dropped without a word.
public sealed interface MapOption permits MapOption.Flag, MapOption.At, MapOption.Huge, Locking {
    /// Stores stay this mapping's own: the first into a page makes a copy of it. (`MAP_PRIVATE`)
    MapOption PRIVATE = Flag.PRIVATE;

    /// Reads all pages in at once, so that the first access to each is quick. (`MAP_POPULATE`)
    MapOption POPULATE = Flag.POPULATE;

    /// Lets private memory be larger than what the host could give, for those who use little of it.
    /// Who uses more than there is may be killed. (`MAP_NORESERVE`)
    MapOption NO_RESERVE = Flag.NO_RESERVE;

    /// Reads all pages in and keeps them from being swapped: [Mapping#lock]. (`MAP_LOCKED`, which
    /// would not say whether it could)
    MapOption LOCKED = Locking.NOW;

    /// The same for each page from its first access on.
    MapOption LOCKED_ON_FAULT = Locking.ON_FAULT;

    /// At this address, for pointers that several processes share. Nothing that is there is
    /// replaced: `EEXIST`. (`MAP_FIXED_NOREPLACE`)
    ///
    /// @param address a multiple of the page size
    static MapOption at(long address) {
        return new At(address);
    }

    /// Of anonymous memory: in huge pages, which are reserved at once. (`MAP_HUGETLB`)
    static MapOption hugePages(HugePages pages) {
        return new Huge(pages);
    }

    /// Those without a value.
    enum Flag implements MapOption {
        /// See [MapOption#PRIVATE].
        PRIVATE,
        /// See [MapOption#POPULATE].
        POPULATE,
        /// See [MapOption#NO_RESERVE].
        NO_RESERVE
    }

    /// See [MapOption#at].
    record At(long address) implements MapOption {
        public At {
            if (address <= 0) {
                throw new IllegalArgumentException("not an address: " + address);
            }
        }
    }

    /// See [MapOption#hugePages].
    record Huge(HugePages pages) implements MapOption {}
}
