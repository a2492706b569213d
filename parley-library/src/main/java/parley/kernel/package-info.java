/// C under C's names: the bindings to libc and the kernel, one class per C header.
///
/// Not exported. Every function returns its result (`>= 0`) or `-errno`, as the kernel itself does;
/// it waits if C's function waits, allocates nothing on a platform thread, decides nothing, and
/// throws only for the caller's mistakes with memory (a closed, foreign or heap segment). Layouts
/// and constants are judged by the C compiler, for every platform, in `AbiOracleTest`.
package parley.kernel;
