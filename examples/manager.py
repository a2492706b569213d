"""Stands in for systemd: starts a service with a socket, and says what it is told."""
import os, socket, sys

notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind("")  # to a name of the kernel's choice
listener = socket.socket(socket.AF_UNIX)
listener.bind("")
listener.listen()
address = "@" + notify.getsockname()[1:].decode()

service = os.fork()
if service == 0:
    os.dup2(listener.fileno(), 3)  # where services look
    os.set_inheritable(3, True)
    os.environ["NOTIFY_SOCKET"] = address
    os.environ["LISTEN_PID"] = str(os.getpid())
    os.environ["LISTEN_FDS"] = "1"
    os.environ["LISTEN_FDNAMES"] = "greeting"
    os.execvp(sys.argv[1], sys.argv[1:])


def hear():
    data, fds, _, _ = socket.recv_fds(notify, 4096, 10)
    print("manager is told:", *data.decode().splitlines(), flush=True)
    for fd in fds:
        os.close(fd)  # the service may wait for this


hear()
hear()
with socket.socket(socket.AF_UNIX) as client:
    client.connect(listener.getsockname())
    client.send(b"hello")
    client.shutdown(socket.SHUT_WR)
    print("client is answered:", client.recv(100).decode(), flush=True)
hear()
print("service ended with", os.waitstatus_to_exitcode(os.waitpid(service, 0)[1]))
