/// What goes through channels in shared memory, and how fast: `./parley bench channels`.
@NullMarked
package parley.bench.channels;

import org.jspecify.annotations.NullMarked;
