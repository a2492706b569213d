/// POSIX's named objects: message queues, semaphores and shared memory. See mq_overview(7),
/// sem_overview(7), shm_overview(7).
package parley.posix;
