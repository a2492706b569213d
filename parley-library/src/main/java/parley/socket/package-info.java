/// Sockets: Unix stream, datagram and seqpacket, with descriptors passed along; TCP and UDP. See
/// unix(7), tcp(7), udp(7).
package parley.socket;
