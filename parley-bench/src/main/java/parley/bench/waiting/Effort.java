package parley.bench.waiting;

import java.time.Duration;
import parley.bench.Rounds;

/// How much is measured.
///
/// @param rounds of comparisons
/// @param waiters virtual threads that wait at the same time
/// @param wakeUps how many wake-ups are counted
/// @param idle for how long the use of the processor is watched
/// @param allocationCalls calls of which the garbage is measured, and at most how many times
record Effort(Rounds rounds, int waiters, long wakeUps, Duration idle, int allocationCalls) {}
