/// Round trips between two processes, of Java and of a program in C, and what compares them.
@NullMarked
package parley.bench.trips;

import org.jspecify.annotations.NullMarked;
