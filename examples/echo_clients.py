"""Clients of an echo server, all at the same time: python3 echo_clients.py SOCKET COUNT

Half of them vanish in the middle; ten read nothing for a while. Each sends bytes of its own in
pieces, and compares what comes back. Knows nothing of Parley.
"""
import os, random, resource, selectors, socket, struct, sys

SHORT = 10_000  # bytes
with open("/proc/sys/net/core/wmem_default") as wmem:
    LONG = 8 * int(wmem.read())  # much more than the buffers of both directions hold
PIECES = 5
SLOW = 10
ROUNDS = 500  # in which a server could have read all that the slow ones have
SECONDS_MAX = 60  # ends a hang


class Client:
    def __init__(self, path, number, size):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)  # waits while the server's queue is full
        self.socket.setblocking(False)
        self.data = random.Random(number).randbytes(size)
        self.sent = self.received = 0
        self.end = size  # of what is to be exchanged next
        self.is_reading = True

    def wants(self):
        write = selectors.EVENT_WRITE if self.sent < self.end else 0
        read = selectors.EVENT_READ if self.received < self.end else 0
        return write | read if self.is_reading else write

    def step(self, events):
        if events & selectors.EVENT_WRITE:
            size = len(self.data) // PIECES
            piece = self.data[self.sent : min(self.end, self.sent + size)]
            self.sent += self.socket.send(piece)
        if events & selectors.EVENT_READ:
            echo = self.socket.recv(65536)
            assert echo, "the server has closed"
            after = self.received + len(echo)
            assert echo == self.data[self.received : after], "another's bytes"
            self.received = after

    def finish(self):
        """Half-closes, and finds the end of the stream."""
        self.socket.settimeout(SECONDS_MAX)
        self.socket.shutdown(socket.SHUT_WR)
        assert self.socket.recv(1) == b"", "more than was sent"
        self.socket.close()

    def vanish(self, is_echo_there):
        """Closes without reading: the server's write, or its next read, fails."""
        self.socket.settimeout(SECONDS_MAX)
        self.socket.sendall(b"never read")
        if is_echo_there:
            self.socket.recv(1, socket.MSG_PEEK)
        self.socket.close()


def exchange(clients, beside=()):
    """Runs all until each of `clients` has had its echo."""
    waiting = set(clients)
    with selectors.DefaultSelector() as selector:
        for client in [*clients, *beside]:
            selector.register(client.socket, client.wants(), client)
        while waiting:
            ready = selector.select(SECONDS_MAX)
            assert ready, "the server is silent"
            for key, events in ready:
                client = key.data
                client.step(events)
                if not client.wants():
                    selector.unregister(client.socket)
                    waiting.discard(client)
                elif client.wants() != key.events:
                    selector.modify(client.socket, client.wants(), client)


def field(file, name):
    with open(file) as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name))


def children(server):
    found = set()
    for thread in os.listdir(f"/proc/{server}/task"):
        try:
            with open(f"/proc/{server}/task/{thread}/children") as its_own:
                found.update(its_own.read().split())
        except (FileNotFoundError, ProcessLookupError):
            pass  # the thread has ended
    return found - {str(os.getpid())}


def memory(server):
    """Of the server and its children, in KiB; what processes share counts in parts."""
    pids = [server, *children(server)]
    return sum(field(f"/proc/{pid}/smaps_rollup", "Pss:") for pid in pids)


def main(path, count):
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

    first = [Client(path, number, SHORT) for number in range(count // 2)]
    exchange(first)
    peer = first[0].socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    server = struct.unpack("iii", peer)[0]
    before = memory(server)

    slow = [Client(path, number, LONG) for number in range(count // 2, count // 2 + SLOW)]
    rest = [Client(path, number, SHORT) for number in range(count // 2 + SLOW, count)]
    for client in slow:
        client.is_reading = False
    for client in rest:
        client.end = SHORT // 2
    exchange(rest, beside=slow)
    each = (memory(server) - before) / (len(slow) + len(rest))
    threads = field(f"/proc/{server}/status", "Threads:")
    print(
        f"{count} connections at once: {threads} threads, {len(children(server))} children,"
        f" {max(0, round(each))} KiB for each"
    )

    for number, client in enumerate(first):
        client.vanish(is_echo_there=number % 2 == 0)
    for _ in range(ROUNDS):
        rest[0].end += 1
        exchange(rest[:1], beside=slow)
    for client in rest:
        client.end = SHORT
    exchange(rest, beside=slow)
    assert all(client.sent < LONG for client in slow), "the server stores without bound"
    for client in slow:
        client.is_reading = True
    exchange(slow)
    for client in slow + rest:
        client.finish()
    print(f"{len(first)} vanished; {len(slow + rest)} had every byte and the end", flush=True)


main(sys.argv[1], int(sys.argv[2]))
