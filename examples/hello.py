import socket, sys

with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as java:
    java.connect("\0" + sys.argv[1])
    message = java.recv(100).decode()
    java.send(f"Python got: {message}".encode())
