package parley.ready;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.contract.WaitingContract;
import parley.kernel.Faults;
import parley.kernel.Fcntl;
import parley.kernel.SysEpoll;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.LimitReachedException;
import parley.os.NotFoundException;
import parley.os.NotPermittedException;
import parley.os.OsException;
import parley.pipe.Pipe;
import parley.ready.Epoll.BusyPolling;
import parley.ready.Epoll.Mode;
import parley.socket.DescriptorLimit;
import parley.socket.UnixStreamSocket;

@SuppressWarnings("try") // closing early is part of the tests
@Timeout(60)
class EpollTest {
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final int MANY = 1_000;

    private Epoll<Object> epoll;
    private ReadyEvents<Object> events;
    private EventFd counter;

    @BeforeEach
    void open() throws Exception {
        epoll = Epoll.create();
        events = epoll.events(8);
        counter = EventFd.create();
    }

    @AfterEach
    void close() {
        epoll.close();
        counter.close();
    }

    private static MemorySegment bytes(int length) {
        return Arena.ofAuto().allocate(length);
    }

    private List<Object> ready() throws IOException {
        epoll.tryAwait(events);
        var found = new ArrayList<>();
        for (int i = 0; i < events.count(); i++) {
            found.add(events.attachment(i));
        }
        return found;
    }

    /// The flags and interests of all registrations, as the kernel has them.
    private static List<String> registered(Epoll<?> epoll) throws IOException {
        return OpenDescriptors.info(epoll.fd()).stream()
                .filter(line -> line.startsWith("tfd:"))
                .map(line -> line.replaceFirst(".*events: *(\\w+).*", "$1"))
                .toList();
    }

    @Test
    @DisplayName("EPL-002 at the limit of descriptors none is created")
    void limitOfDescriptors() throws Exception {
        try (var _ = Faults.fail("epoll_create1", 1, Errno.EMFILE.number())) {
            assertThrows(LimitReachedException.class, Epoll::create); // loads all classes
        }
        try (var _ = DescriptorLimit.leaving(0)) {
            assertThrows(LimitReachedException.class, Epoll::create);
        }
        Epoll.create().close();
    }

    @Test
    @DisplayName("EPL-003 events follow each change of a registration")
    void eventsFollowChanges() throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            var fd = pair.first().fd();
            var registration = epoll.add(fd, Interest.READ, "first");
            assertEquals(List.of(), ready());
            pair.second().write(bytes(1));
            assertEquals(List.of("first"), ready());
            assertEquals(Interest.READ, events.interest(0));
            assertSame(registration, events.registration(0));

            registration.modify(Interest.WRITE);
            assertEquals(List.of("first"), ready());
            assertEquals(Interest.WRITE, events.interest(0));
            epoll.modify(fd, Interest.READ.and(Interest.WRITE), Mode.EDGE);
            ready();
            assertEquals(Interest.READ.and(Interest.WRITE), events.interest(0));
            assertEquals(Mode.EDGE, registration.mode());
            assertEquals(List.of(), ready());

            epoll.remove(fd);
            assertEquals(List.of(), ready());
            assertFalse(registration.isActive());
            assertTrue(epoll.registration(fd).isEmpty());
            epoll.add(fd, Interest.WRITE, "again");
            assertEquals(List.of("again"), ready());
        }
    }

    @Test
    @DisplayName("EPL-004 a regular file is refused, and why")
    void regularFile(@TempDir Path directory) throws Exception {
        var file = Files.writeString(directory.resolve("file"), "x");
        try (var arena = Arena.ofConfined();
                var fd = Fd.of("open", "", Fcntl.open(arena.allocateFrom(file.toString()), 0, 0))) {
            var e = assertThrows(OsException.class, () -> epoll.add(fd, Interest.READ, "file"));
            assertEquals(Errno.EPERM, e.errno());
            assertTrue(e.getMessage().contains("always ready"), e.getMessage());
            assertTrue(epoll.registration(fd).isEmpty());
        }
    }

    @Test
    @DisplayName("EPL-006 what is not watched can be neither modified nor removed")
    void notRegistered() throws Exception {
        var fd = counter.fd();
        assertThrows(NotFoundException.class, () -> epoll.modify(fd, Interest.READ, Mode.LEVEL));
        assertThrows(NotFoundException.class, () -> epoll.remove(fd));
        var registration = epoll.add(fd, Interest.READ, "x");
        registration.remove();
        registration.remove();
        var e = assertThrows(NotFoundException.class, registration::rearm);
        assertTrue(e.getMessage().contains("not watched here"), e.getMessage());
    }

    @Test
    void aDescriptorIsWatchedOnce() throws Exception {
        epoll.add(counter.fd(), Interest.READ, "x");
        var e =
                assertThrows(
                        AlreadyExistsException.class,
                        () -> epoll.add(counter.fd(), Interest.WRITE, "y"));
        assertTrue(e.getMessage().contains("already"), e.getMessage());
        try (var duplicate = counter.fd().duplicate()) {
            epoll.add(duplicate, Interest.READ, "y"); // another number, another registration
            counter.add(1);
            assertEquals(2, ready().size());
        }
    }

    @Test
    @DisplayName("EPL-007 itself is refused, by any number")
    void itself() throws Exception {
        assertThrows(
                IllegalArgumentException.class, () -> epoll.add(epoll.fd(), Interest.READ, "self"));
        try (var duplicate = epoll.fd().duplicate()) {
            var e = assertThrows(OsException.class, () -> epoll.add(duplicate, Interest.READ, "x"));
            assertEquals(Errno.EINVAL, e.errno());
        }
    }

    @Test
    @DisplayName("EPL-011 there is room for at least one event, of this epoll instance")
    void room() throws Exception {
        assertThrows(IllegalArgumentException.class, () -> epoll.events(0));
        assertThrows(IllegalArgumentException.class, () -> epoll.events(-1));
        assertEquals(8, events.capacity());
        assertThrows(IndexOutOfBoundsException.class, () -> events.attachment(0));
        try (var other = Epoll.<Object>create()) {
            assertThrows(IllegalArgumentException.class, () -> other.tryAwait(events));
            assertThrows(IllegalArgumentException.class, () -> other.await(events, SHORT));
        }
    }

    @Test
    @DisplayName("EPL-012 a try does not wait")
    void aTryDoesNotWait() throws Exception {
        epoll.add(counter.fd(), Interest.READ, "x");
        try (var fault = Faults.before("epoll_pwait2", 1, () -> {})) {
            assertEquals(0, epoll.tryAwait(events));
            assertFalse(fault.happened());
        }
        try (var _ = Faults.fail("epoll_pwait", 1, Errno.EINTR.number())) {
            assertEquals(0, epoll.tryAwait(events));
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("EPL-013 a wait is not shorter than its time, to the nanosecond")
    void aWaitIsNotShorter(ThreadKind kind) throws Exception {
        epoll.add(counter.fd(), Interest.READ, "x");
        for (long nanos : new long[] {1, 1_500_000, 20_000_001}) {
            long start = System.nanoTime();
            assertEquals(
                    0, kind.start(() -> epoll.await(events, Duration.ofNanos(nanos))).result());
            assertTrue(System.nanoTime() - start >= nanos);
        }
    }

    @Test
    void withoutNanosecondsAWaitIsRoundedUp() throws Exception {
        try (var fault = Faults.fail("epoll_pwait2", 1, Errno.ENOSYS.number());
                var never = Faults.before("epoll_pwait2", 2, () -> {})) {
            long start = System.nanoTime();
            assertEquals(0, epoll.await(events, Duration.ofNanos(1_500_000)));
            assertTrue(System.nanoTime() - start >= 1_500_000);
            assertTrue(fault.happened());
            assertEquals(0, epoll.await(events, Duration.ofNanos(1)));
            assertFalse(never.happened()); // not asked for again
        }
        assertEquals(1, Epoll.milliseconds(Deadline.after(Duration.ofNanos(900_000))));
        assertEquals(0, Epoll.milliseconds(Deadline.after(Duration.ZERO)));
        assertEquals(-1, Epoll.milliseconds(Deadline.NEVER));
    }

    @Test
    @DisplayName("EPL-014 edge-triggered: what is left is not reported until more comes")
    void edgeTriggered() throws Exception {
        try (var pipe = Pipe.create()) {
            epoll.add(pipe.source().fd(), Interest.READ, Mode.EDGE, "pipe");
            pipe.sink().write(bytes(10));
            assertEquals(List.of("pipe"), ready());
            pipe.source().read(bytes(5));
            assertEquals(List.of(), ready());
            pipe.sink().write(bytes(1));
            assertEquals(List.of("pipe"), ready());
        }
    }

    @Test
    @DisplayName("EPL-015 one-shot: one event, and none until armed again")
    void oneShot() throws Exception {
        for (var mode : List.of(Mode.ONE_SHOT, Mode.EDGE_ONE_SHOT)) {
            counter.add(1);
            var registration = epoll.add(counter.fd(), Interest.READ, mode, "x");
            counter.add(1);
            assertEquals(List.of("x"), ready());
            counter.add(1);
            assertEquals(List.of(), ready());
            registration.rearm();
            assertEquals(List.of("x"), ready());
            registration.remove();
        }
    }

    @Test
    @DisplayName("EPL-018 a writer hears of an error when the reader closes")
    void readerCloses() throws Exception {
        try (var pipe = Pipe.create()) {
            var room = bytes(4096);
            while (pipe.sink().tryWrite(room) > 0) {
                // until it is full
            }
            epoll.add(pipe.sink().fd(), Interest.WRITE, "sink");
            assertEquals(List.of(), ready());
            pipe.source().close();
            assertEquals(List.of("sink"), ready());
            assertTrue(events.interest(0).contains(Interest.ERROR));
        }
    }

    @Test
    @DisplayName("EPL-019 a peer that shuts down half is told from one that is gone")
    void peerFinishes() throws Exception {
        try (var pair = UnixStreamSocket.pair()) {
            epoll.add(pair.first().fd(), Interest.READ.and(Interest.PEER_FINISHED), "socket");
            assertEquals(List.of(), ready());
            pair.second().shutdownOutput();
            assertEquals(List.of("socket"), ready());
            assertEquals(Interest.READ.and(Interest.PEER_FINISHED), events.interest(0));
            pair.second().close();
            ready();
            assertTrue(events.interest(0).contains(Interest.HANG_UP));
        }
    }

    @Test
    @DisplayName("EPL-021 descriptors that are always ready take turns")
    void alwaysReady() throws Exception {
        int descriptors = 5;
        int rounds = 20;
        var one = epoll.events(1);
        var times = new HashMap<Object, Integer>();
        try (var open = new Counters(descriptors)) {
            open.addAllTo(epoll, Mode.LEVEL);
            for (var each : open.list) {
                each.add(1);
            }
            for (int i = 0; i < descriptors * rounds; i++) {
                assertEquals(1, epoll.tryAwait(one));
                times.merge(one.attachment(0), 1, Integer::sum);
            }
        }
        assertEquals(descriptors, times.size());
        assertTrue(times.values().stream().allMatch(count -> count == rounds), "" + times);
    }

    @Test
    void edgeTriggeredABusyDescriptorDoesNotStarveTheOthers() throws Exception {
        var one = epoll.events(1);
        var seen = new ArrayList<>();
        try (var open = new Counters(3)) {
            open.addAllTo(epoll, Mode.EDGE);
            for (var each : open.list) {
                each.add(1);
            }
            for (int i = 0; i < 3; i++) {
                assertEquals(1, epoll.tryAwait(one));
                seen.add(one.attachment(0));
                open.list.getFirst().add(1); // an edge before each wait
            }
        }
        assertTrue(seen.containsAll(List.of(0, 1, 2)), "" + seen);
    }

    /// Eventfds, registered with their indexes.
    private static final class Counters implements AutoCloseable {
        final List<EventFd> list = new ArrayList<>();

        Counters(int count) throws IOException {
            for (int i = 0; i < count; i++) {
                list.add(EventFd.create());
            }
        }

        void addAllTo(Epoll<Object> epoll, Mode mode) throws IOException {
            for (int i = 0; i < list.size(); i++) {
                epoll.add(list.get(i).fd(), Interest.READ, mode, i);
            }
        }

        @Override
        public void close() {
            list.forEach(EventFd::close);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("EPL-022 one event reaches all epoll instances that watch it")
    void allWake(ThreadKind kind) throws Exception {
        var running = new ArrayList<ThreadKind.Running<Integer>>();
        var epolls = new ArrayList<Epoll<Object>>();
        for (int i = 0; i < 4; i++) {
            var each = Epoll.<Object>create();
            epolls.add(each);
            each.add(counter.fd(), Interest.READ, i);
            running.add(kind.start(() -> each.await(each.events(1))));
        }
        counter.add(1);
        for (var each : running) {
            assertEquals(1, each.result());
        }
        epolls.forEach(Epoll::close);
    }

    @Test
    void exclusivelyNotAllHaveToWake() throws Exception {
        var epolls = new ArrayList<Epoll<Object>>();
        var running = new ArrayList<ThreadKind.Running<Integer>>();
        var taken = new AtomicInteger();
        var about = new CountDownLatch(4);
        var faults = new ArrayList<Faults.Fault>();
        for (int i = 0; i < 4; i++) {
            faults.add(Faults.before("epoll_pwait2", 1, about::countDown));
        }
        for (int i = 0; i < 4; i++) {
            var each = Epoll.<Object>create();
            epolls.add(each);
            each.add(counter.fd(), Interest.READ, Mode.EXCLUSIVE, i);
            running.add(ThreadKind.PLATFORM.start(() -> takeOne(each, taken)));
        }
        about.await();
        faults.forEach(Faults.Fault::close);
        counter.add(1);
        while (taken.get() == 0) {
            Thread.onSpinWait();
        }
        epolls.forEach(Epoll::close);
        for (var each : running) {
            assertThrows(AsynchronousCloseException.class, each::result);
        }
        assertEquals(1, taken.get());
    }

    private int takeOne(Epoll<Object> own, AtomicInteger taken) throws Exception {
        var into = own.events(1);
        while (true) {
            try {
                own.await(into);
            } catch (AsynchronousCloseException e) {
                throw e;
            } catch (ClosedChannelException _) { // between two waits
                throw new AsynchronousCloseException();
            }
            if (counter.tryTake() == 1) {
                taken.incrementAndGet();
            }
        }
    }

    @Test
    void modesAreTheFlagsOfTheKernel() throws Exception {
        var modes =
                List.of(
                        Mode.LEVEL,
                        Mode.EDGE,
                        Mode.ONE_SHOT,
                        Mode.EDGE_ONE_SHOT,
                        Mode.EXCLUSIVE,
                        Mode.EXCLUSIVE_EDGE);
        var flags = List.of("19", "80000019", "40000019", "c0000019", "10000019", "90000019");
        for (int i = 0; i < modes.size(); i++) {
            var registration = epoll.add(counter.fd(), Interest.READ, modes.get(i), "x");
            assertEquals(List.of(flags.get(i)), registered(epoll));
            registration.remove();
        }
    }

    @Test
    void keepingAwakeIsAFlagWhereItIsAllowed() throws Exception {
        var registration = epoll.add(counter.fd(), Interest.READ, Mode.EDGE.keepingAwake(), "x");
        assertEquals("EDGE, keeping awake", registration.mode().toString());
        assertTrue(registration.toString().endsWith("READ, EDGE, keeping awake"));
        var flags = registered(epoll);
        assertTrue(flags.equals(List.of("a0000019")) || flags.equals(List.of("80000019")));
    }

    @Test
    void illegalCombinationsAreRefusedBeforeTheCall() throws Exception {
        var fd = counter.fd();
        try (var calls = Faults.before("epoll_ctl", 1, () -> {})) {
            for (var interest : List.of(Interest.URGENT, Interest.PEER_FINISHED)) {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> epoll.add(fd, interest, Mode.EXCLUSIVE, "x"));
            }
            assertThrows(
                    IllegalArgumentException.class, () -> epoll.add(fd, Interest.INVALID, "x"));
            assertFalse(calls.happened());
        }
        var registration = epoll.add(fd, Interest.READ, Mode.EXCLUSIVE, "x");
        assertThrows(IllegalStateException.class, registration::rearm);
        assertThrows(IllegalStateException.class, () -> registration.modify(Interest.WRITE));
        registration.remove();
        var other = epoll.add(fd, Interest.READ, "x");
        assertThrows(
                IllegalArgumentException.class, () -> other.modify(Interest.READ, Mode.EXCLUSIVE));
        assertThrows(IllegalArgumentException.class, () -> other.modify(Interest.INVALID));
    }

    @Test
    @DisplayName("EPL-026 a very long wait is neither endless nor busy")
    void veryLongWaits() throws Exception {
        epoll.add(counter.fd(), Interest.READ, "x");
        for (long seconds : new long[] {1L << 31, 1L << 33, Long.MAX_VALUE}) {
            var timeout = Duration.ofSeconds(seconds);
            for (var kind : ThreadKind.values()) {
                for (int errno : new int[] {0, Errno.ENOSYS.number()}) {
                    waitLong(kind, timeout, errno);
                }
            }
        }
        assertEquals(Integer.MAX_VALUE, Epoll.milliseconds(Deadline.after(Duration.ofDays(1_000))));
    }

    private void waitLong(ThreadKind kind, Duration timeout, int errno) throws Exception {
        var about = new CountDownLatch(1);
        try (var _ = Faults.before("epoll_pwait", 1, about::countDown);
                var _ = Faults.fail("epoll_pwait2", 1, errno)) {
            var running = kind.start(() -> epoll.await(epoll.events(1), timeout));
            about.await();
            counter.add(1);
            assertEquals(1, running.result());
            assertEquals(1, counter.take());
        }
    }

    @Test
    void anEpollInstanceWatchesAnother() throws Exception {
        try (var outer = Epoll.<String>create()) {
            outer.add(epoll.fd(), Interest.READ, "inner");
            epoll.add(counter.fd(), Interest.READ, "x");
            var outerEvents = outer.events(1);
            assertEquals(0, outer.tryAwait(outerEvents));
            counter.add(1);
            assertEquals(1, outer.await(outerEvents));
            assertEquals("inner", outerEvents.attachment(0));
            assertEquals(List.of("x"), ready());
            var e =
                    assertThrows(
                            OsException.class, () -> epoll.add(outer.fd(), Interest.READ, "o"));
            assertEquals(Errno.ELOOP, e.errno());
            assertTrue(e.getMessage().contains("in a circle"), e.getMessage());
            try (var third = Epoll.<String>create()) {
                e =
                        assertThrows(
                                OsException.class,
                                () -> third.add(epoll.fd(), Interest.READ, Mode.EXCLUSIVE, "x"));
                assertEquals(Errno.EINVAL, e.errno());
                assertTrue(e.getMessage().contains("exclusively"), e.getMessage());
            }
        }
    }

    @Test
    void aClosedDescriptorIsWatchedNoMoreThoughItsFileIsOpen() throws Exception {
        var registration = epoll.add(counter.fd(), Interest.READ, "closed");
        try (var duplicate = EventFd.of(counter.fd().duplicate())) {
            assertEquals(1, registered(epoll).size());
            int number = counter.fd().number();
            counter.close();
            assertEquals(List.of(), registered(epoll));
            assertFalse(Files.exists(Path.of("/proc/self/fd/" + number)));
            duplicate.add(1);
            assertEquals(List.of(), ready());
            assertFalse(registration.isActive());
            assertThrows(NotFoundException.class, registration::rearm);
        }
    }

    @Test
    void aReusedNumberIsReportedAsWhatItIsNow() throws Exception {
        epoll.add(counter.fd(), Interest.READ, "old");
        counter.add(1);
        int number = counter.fd().number();
        counter.close();
        try (var open = new Counters(100)) {
            for (var each : open.list) {
                epoll.add(each.fd(), Interest.READ, each.fd().number() == number ? "new" : "x");
                each.add(1);
            }
            var found = epoll.events(200);
            assertEquals(100, epoll.tryAwait(found));
            for (int i = 0; i < found.count(); i++) {
                assertNotEquals("old", found.attachment(i));
            }
        }
    }

    @Test
    void anEventOnItsWayWhenItsRegistrationEndsIsDropped() throws Exception {
        var registration = epoll.add(counter.fd(), Interest.READ, "old");
        counter.add(1);
        var memory = events.memory();
        int epfd = epoll.fd().number();
        assertEquals(1, SysEpoll.epoll_pwait(epfd, memory, 8, 0, MemorySegment.NULL));
        registration.remove();
        epoll.add(counter.fd(), Interest.READ, "new"); // the same slot, the same number
        assertEquals(0, epoll.filled(events, "epoll_pwait", 1));
        assertEquals(List.of("new"), ready());
    }

    @Test
    void closingRacesWithAddingAndRemoving() throws Exception {
        for (int round = 0; round < 300; round++) {
            var open = EventFd.create();
            var kind = ThreadKind.alternating(round);
            var closing =
                    kind.start(() -> {
                        open.close();
                        return true;
                    });
            try {
                var registration = epoll.add(open.fd(), Interest.READ, "x");
                if (round % 3 == 0) {
                    registration.remove();
                }
            } catch (ClosedChannelException _) {
                // It was closed first.
            }
            assertTrue(closing.result());
            assertEquals(List.of(), registered(epoll));
            assertTrue(epoll.registration(open.fd()).isEmpty());
            assertThrows(ClosedChannelException.class, () -> open.fd().enter());
        }
    }

    @Test
    void aThousandDescriptors() throws Exception {
        try (var open = new Counters(MANY)) {
            open.addAllTo(epoll, Mode.EDGE);
            var many = epoll.events(MANY);
            assertEquals(0, epoll.tryAwait(many));
            for (var each : open.list) {
                each.add(1);
            }
            assertEquals(MANY, epoll.await(many));
            var seen = new boolean[MANY];
            for (int i = 0; i < MANY; i++) {
                assertEquals(Interest.READ, many.interest(i));
                seen[(Integer) many.attachment(i)] = true;
            }
            for (boolean each : seen) {
                assertTrue(each);
            }
            for (int i = 0; i < MANY; i += 2) {
                open.list.get(i).close();
            }
            assertEquals(MANY / 2, registered(epoll).size());
        }
        assertEquals(0, registered(epoll).size());
    }

    @Test
    void manyThreadsShareOneEpollInstance() throws Exception {
        var seen = new AtomicInteger();
        try (var open = new Counters(MANY)) {
            open.addAllTo(epoll, Mode.ONE_SHOT);
            var running = new ArrayList<ThreadKind.Running<Integer>>();
            for (int i = 0; i < 4; i++) {
                running.add(ThreadKind.alternating(i).start(() -> count(open.list, seen)));
            }
            for (var each : open.list) {
                each.add(1);
            }
            for (var each : running) {
                each.result();
            }
        }
        assertEquals(MANY, seen.get()); // each once
    }

    private int count(List<EventFd> open, AtomicInteger seen) throws Exception {
        var own = epoll.events(7);
        while (seen.get() < MANY) {
            epoll.await(own, SHORT);
            for (int i = 0; i < own.count(); i++) {
                assertEquals(1, open.get((Integer) own.attachment(i)).take());
                seen.incrementAndGet();
            }
        }
        return 0;
    }

    @Test
    void busyPollingIsSetAndRead() throws Exception {
        BusyPolling before;
        try {
            before = epoll.busyPolling();
        } catch (OsException e) {
            assertTrue(e.getMessage().contains("Linux 6.9"), e.getMessage());
            assumeTrue(false, e.getMessage());
            throw e;
        }
        assertFalse(before.isPreferred());
        for (boolean isPreferred : new boolean[] {true, false}) {
            var polling = new BusyPolling(50, 8, isPreferred);
            epoll.setBusyPolling(polling);
            assertEquals(polling, epoll.busyPolling());
        }
        assertThrows(IllegalArgumentException.class, () -> new BusyPolling(-1, 0, false));
        assertThrows(IllegalArgumentException.class, () -> new BusyPolling(0, 1 << 16, false));
        try (var _ = Faults.fail("ioctl", 1, Errno.EPERM.number())) {
            var e =
                    assertThrows(
                            NotPermittedException.class,
                            () -> epoll.setBusyPolling(new BusyPolling(50, 100, false)));
            assertTrue(e.getMessage().contains("CAP_NET_ADMIN"), e.getMessage());
        }
        try (var _ = Faults.fail("ioctl", 1, Errno.ENOTTY.number())) {
            var e = assertThrows(OsException.class, epoll::busyPolling);
            assertTrue(e.getMessage().contains("Linux 6.9"), e.getMessage());
        }
    }

    @Test
    void refusalsAreToldAndLeaveNothingBehind() throws Exception {
        var fd = counter.fd();
        try (var _ = Faults.fail("epoll_ctl", 1, Errno.ENOSPC.number())) {
            var e =
                    assertThrows(
                            LimitReachedException.class, () -> epoll.add(fd, Interest.READ, "x"));
            assertTrue(e.getMessage().contains("max_user_watches"), e.getMessage());
        }
        assertTrue(epoll.registration(fd).isEmpty());
        var registration = epoll.add(fd, Interest.READ, "x");
        try (var _ = Faults.fail("epoll_ctl", 1, Errno.ENOMEM.number())) {
            assertThrows(OsException.class, () -> registration.modify(Interest.WRITE));
        }
        assertEquals(Interest.READ, registration.interest());
        try (var _ = Faults.fail("epoll_ctl", 1, Errno.ENOMEM.number())) {
            assertThrows(OsException.class, registration::remove);
        }
        assertTrue(registration.isActive());
        try (var _ = Faults.fail("epoll_ctl", 1, Errno.ENOENT.number())) {
            registration.remove(); // out already is as good
        }
        assertFalse(registration.isActive());
        for (var function : List.of("epoll_pwait", "epoll_pwait2")) {
            try (var _ = Faults.fail(function, 1, Errno.EIO.number())) {
                assertThrows(OsException.class, () -> epoll.await(events, SHORT));
            }
        }
        counter.close();
        assertFalse(Files.exists(Path.of("/proc/self/fd/" + fd.number())));
    }

    @Test
    void nothingIsLeftOpen() throws Throwable {
        OpenDescriptors.assertNoneIsLeftBy(() -> {
            try (var own = Epoll.<Object>create();
                    var open = new Counters(20)) {
                open.addAllTo(own, Mode.LEVEL);
                own.remove(open.list.getFirst().fd());
            }
            try (var open = new Counters(20);
                    var own = Epoll.<Object>create()) {
                open.addAllTo(own, Mode.LEVEL);
            }
        });
    }

    @Test
    void aClosedInstanceRefuses() throws Exception {
        var registration = epoll.add(counter.fd(), Interest.READ, "x");
        epoll.close();
        assertFalse(epoll.isOpen());
        assertFalse(registration.isActive());
        registration.remove();
        assertThrows(ClosedChannelException.class, registration::rearm);
        assertThrows(ClosedChannelException.class, () -> epoll.tryAwait(events));
        assertThrows(ClosedChannelException.class, () -> epoll.remove(counter.fd()));
        assertThrows(
                ClosedChannelException.class, () -> epoll.add(counter.fd(), Interest.READ, "x"));
        counter.add(1); // still open
        assertEquals(1, counter.take());
    }

    @Nested
    class Waiting extends WaitingContract {
        @Override
        protected Blocked blockedTimed() {
            return new Blocked("epoll_pwait", 1);
        }

        @Override
        protected Wait newWait() throws Exception {
            var own = EventFd.create();
            var waiting = Epoll.<EventFd>create();
            waiting.add(own.fd(), Interest.READ, own);
            return new EpollWait(waiting, own);
        }
    }

    private record EpollWait(Epoll<EventFd> epoll, EventFd counter)
            implements WaitingContract.Wait {
        @Override
        public void forever() throws Exception {
            var into = epoll.events(2);
            assertEquals(1, epoll.await(into));
            assertSame(counter, into.attachment(0));
        }

        @Override
        public boolean atMost(Duration timeout) throws Exception {
            return epoll.await(epoll.events(2), timeout) > 0;
        }

        @Override
        public void satisfy() throws Exception {
            counter.add(1);
        }

        @Override
        public boolean isTakenOnce() {
            return false;
        }

        @Override
        public void close() {
            epoll.close();
        }

        @Override
        public void dispose() {
            counter.close();
        }
    }
}
