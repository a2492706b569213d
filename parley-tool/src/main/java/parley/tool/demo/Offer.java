package parley.tool.demo;

import java.util.List;
import parley.os.Fd;

/// What the first process has made for one mechanism, and what the second needs to know to join.
///
/// @param address the main kernel object, spelled as an address
/// @param details what the other process needs to know, understood by the mechanism's `join`
/// @param descriptors what the other process needs to hold; copies go to it with the details
/// @param meeting meets the other process, which is joining
record Offer(String address, List<String> details, List<Fd> descriptors, Meeting meeting) {
    /// Meets the other process; waits for it.
    @FunctionalInterface
    interface Meeting {
        Link meet() throws Exception;
    }

    Offer(String address, List<String> details, Meeting meeting) {
        this(address, details, List.of(), meeting);
    }
}
