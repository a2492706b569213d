/// What goes over byte streams and message sockets, and how fast: `./parley bench transports`.
@NullMarked
package parley.bench.transports;

import org.jspecify.annotations.NullMarked;
