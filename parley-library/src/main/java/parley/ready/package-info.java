/// Waiting: until a descriptor is ready, or inside a system call, and being called back from it by
/// a deadline, by `Thread.interrupt()` or by closing. On every kind of thread.
package parley.ready;
