/// What waiting costs: `./parley bench waiting`.
@NullMarked
package parley.bench.waiting;

import org.jspecify.annotations.NullMarked;
