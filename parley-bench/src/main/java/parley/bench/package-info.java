/// The benchmark, `./parley bench`: a program, not a library.
@NullMarked
package parley.bench;

import org.jspecify.annotations.NullMarked;
