package parley.channel;

import java.util.Random;

/// A mistake in one of the accesses to a mailbox.
enum MailboxFault {
    PUBLISHED_BEFORE_IT_IS_WRITTEN,
    PUBLISHED_OUT_OF_ORDER,
    UNSETTLED_IS_NOT_STORED,
    SETTLED_TOO_EARLY,
    TAKEN_IS_NOT_STORED,
    NUMBER_IS_NOT_STORED,
    LINK_IS_NOT_STORED,
    COUNT_OF_FREE_BLOCKS_STAYS,
    PLACE_IS_NOT_STORED;

    /// Memory in which it is made.
    HeapMailboxMemory memory(MailboxLayout layout, Random random) {
        return new Faulty(this, layout, random);
    }

    private static final class Faulty extends HeapMailboxMemory {
        private final MailboxFault fault;
        private final MailboxLayout layout;

        Faulty(MailboxFault fault, MailboxLayout layout, Random random) {
            super(layout, random);
            this.fault = fault;
            this.layout = layout;
        }

        /// The field of a slot at an offset; negative if it is none.
        private int field(long offset) {
            return offset < layout.slot(0) || offset >= layout.slot(layout.messages())
                    ? -1
                    : (int) ((offset - layout.slot(0)) % (layout.slot(1) - layout.slot(0)));
        }

        @Override
        void setInt(long offset, int value) {
            boolean isLink = offset >= layout.link(0) && offset < layout.link(layout.blocks());
            boolean isLeftOut =
                    switch (fault) {
                        case LINK_IS_NOT_STORED -> isLink;
                        case COUNT_OF_FREE_BLOCKS_STAYS ->
                                offset == MailboxLayout.FREE_BLOCKS && value < getInt(offset);
                        case PLACE_IS_NOT_STORED -> field(offset) == MailboxLayout.PLACE;
                        default -> false;
                    };
            if (fault == PUBLISHED_BEFORE_IT_IS_WRITTEN
                    && field(offset) == MailboxLayout.PRIORITY) {
                long state = offset - MailboxLayout.PRIORITY;
                super.setInOrder(MailboxLayout.SETTLED, 0);
                super.setInOrder(state, MailboxTable.THERE);
            }
            if (!isLeftOut) {
                super.setInt(offset, value);
            }
            if (fault == SETTLED_TOO_EARLY && offset == MailboxLayout.FREE_SLOT) {
                super.setInt(MailboxLayout.SETTLED, 1);
            }
        }

        @Override
        void setLong(long offset, long value) {
            if (fault != NUMBER_IS_NOT_STORED || offset != MailboxLayout.NUMBER) {
                super.setLong(offset, value);
            }
        }

        @Override
        void setInOrder(long offset, int value) {
            boolean isState = field(offset) == MailboxLayout.STATE;
            switch (fault) {
                case PUBLISHED_OUT_OF_ORDER -> {
                    if (isState || (offset == MailboxLayout.SETTLED && value == 0)) {
                        setInt(offset, value);
                    } else {
                        super.setInOrder(offset, value);
                    }
                }
                case UNSETTLED_IS_NOT_STORED -> {
                    if (offset != MailboxLayout.SETTLED || value != 0) {
                        super.setInOrder(offset, value);
                    }
                }
                case TAKEN_IS_NOT_STORED -> {
                    if (!isState || value == MailboxTable.THERE) {
                        super.setInOrder(offset, value);
                    }
                }
                default -> super.setInOrder(offset, value);
            }
        }
    }
}
