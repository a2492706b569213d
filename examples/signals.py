# The other side of QueuedSignals.java: gives back each value, doubled, until it is 0.
import ctypes, os, signal, struct, sys

java, number = int(sys.argv[1]), int(sys.argv[2])
libc = ctypes.CDLL(None, use_errno=True)
wanted = struct.pack("Q120x", 1 << number - 1)  # a sigset_t
signal.pthread_sigmask(signal.SIG_BLOCK, [number])
info = ctypes.create_string_buffer(128)  # a siginfo_t
print("Python waits", flush=True)
while libc.sigwaitinfo(wanted, info) == number:
    pid, uid, value = struct.unpack_from("iIq", info, 16)
    if value == 0:
        break
    libc.sigqueue(java, number, ctypes.c_void_p(2 * value))
