/// System V's three mechanisms, found by a key: message queues, semaphore sets and shared memory.
/// See sysvipc(7).
package parley.sysv;
