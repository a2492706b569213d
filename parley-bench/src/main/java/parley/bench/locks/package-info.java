/// What locks cost: `./parley bench locks`.
@NullMarked
package parley.bench.locks;

import org.jspecify.annotations.NullMarked;
