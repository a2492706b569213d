"""Sends SIGRTMIN with a value for each argument after the pid: Python has no sigqueue(3) of its own."""
import ctypes
import os
import signal
import sys

libc = ctypes.CDLL(None, use_errno=True)
libc.sigqueue.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_void_p]
for value in sys.argv[2:]:
    if libc.sigqueue(int(sys.argv[1]), signal.SIGRTMIN, int(value)) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
