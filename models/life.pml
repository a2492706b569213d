/*
 * Who takes part in a region, who gets to know of a death, and the mutex on top of it.
 *
 * Each process has a life thread, which takes a slot and watches the others, and workers, which take
 * the mutex and give it back. Any process may be killed at any step; then the kernel marks the life
 * word which its life thread has told it of, if its number is in it, wakes one who waits for it, and
 * frees the lock of the slot when all threads are gone. All life threads have the same number, each
 * in a PID namespace of its own. Nothing ends for the time alone.
 *
 * What is asked for: a living one is never marked dead; a tag is never given twice; two living never
 * have the mutex; and when nothing more can happen, nobody alive sleeps at the mutex, and everybody
 * alive knows of each slot who has it, or that its owner has gone (Judge).
 *
 *   PROCESSES, SLOTS   of the processes the first JOINED take part from the beginning
 *   WORKERS            the first is of the first process, and so on in turns
 *   MUTEX=64           at the beginning, an owner has died
 *   NUMBERS=1          each life thread has a number of its own
 *   LATE=1             a thread of a killed process may enter the queue of the mutex after others
 *                      have looked again, and take the one wake of who gives it back
 *
 * SEARCH quick -DSLOTS=1 -DJOINED=1
 * SEARCH quick -DSLOTS=2 -DJOINED=0 -DWORKERS=0 -DDEATHS=2
 * SEARCH quick -DPROCESSES=3 -DSLOTS=2 -DJOINED=1 -DWORKERS=0 -DDEATHS=2
 * SEARCH quick -DPROCESSES=3 -DSLOTS=3 -DWORKERS=0 -DDEATHS=2
 * SEARCH quick -DGIVE_UPS=1
 * SEARCH full -DCYCLES
 * SEARCH full -DJOINED=0 -DNUMBERS=1
 * SEARCH full -DJOINED=0 -DDEATHS=2
 * SEARCH full -DPROCESSES=3 -DSLOTS=2 -DJOINED=2 -DWORKERS=2
 * SEARCH full -DWORKERS=3 -DDEATHS=0 -DMUTEX=64
 * SEARCH full -DWORKERS=3
 *
 * FAULT quick 1 -DSLOTS=2 -DJOINED=0 -DWORKERS=0 -DDEATHS=2 the kernel is told of the word after the slot is taken
 * FAULT quick 2 -DSLOTS=2 -DJOINED=0 -DWORKERS=0 -DDEATHS=2 nobody holds the lock of a slot
 * FAULT quick 3 -DSLOTS=1 -DJOINED=1 who takes a slot leaves its generation as it was
 * FAULT quick 4 -DSLOTS=1 -DJOINED=1 a tag lives while its slot has an owner who lives, of any generation
 * FAULT quick 5 -DSLOTS=2 -DJOINED=0 -DWORKERS=0 -DDEATHS=2 the lock of a slot is free before the life word is marked
 * FAULT quick 6 -DSLOTS=2 -DJOINED=0 -DWORKERS=0 -DDEATHS=2 joins is read after the slots
 * FAULT quick 7 -DPROCESSES=3 -DSLOTS=3 -DWORKERS=0 -DDEATHS=2 who sees a death does not wake the others at that word
 * FAULT quick 8 -DSLOTS=2 -DJOINED=0 -DWORKERS=0 -DDEATHS=2 the wait does not compare the life word
 * FAULT quick 9 -DSLOTS=2 -DJOINED=0 -DWORKERS=0 -DDEATHS=2 who joins does not add to joins
 * FAULT quick 10 nobody looks again after a death
 * FAULT quick 11 to look again is only to wake: the mutex stays as it was
 * FAULT quick 12 to look again tries once to change the mutex
 * FAULT quick 13 to look again leaves a dead one's tag in the mutex
 * FAULT full 14 -DWORKERS=3 who has slept takes the mutex without saying that others may sleep
 * FAULT quick 15 the wait does not compare the mutex
 * FAULT quick 16 who is about to sleep does not ask whether the owner of this very value lives
 * FAULT quick 17 -DSLOTS=2 -DJOINED=0 -DWORKERS=0 -DDEATHS=2 the life word is without FUTEX_WAITERS: the kernel wakes nobody
 * FAULT quick 18 who gives back wakes nobody
 * FAULT full 19 -DWORKERS=3 -DGIVE_UPS=1 who gives up does not pass the wake on
 * FAULT quick 20 -DWORKERS=3 -DDEATHS=0 -DMUTEX=64 a mutex that is lost wakes one only
 * FAULT quick 21 -DSLOTS=2 -DJOINED=0 -DWORKERS=0 -DDEATHS=2 joins is counted before the slot is taken
 * FAULT quick 22 who is about to sleep counts himself after he has looked
 * FAULT full 23 -DWORKERS=3 to look again where nobody sleeps wakes nobody, not even the dead
 * FAULT full 24 -DWORKERS=3 -DLATE=1 none but the kernel's: only to look once a second helps
 */
#ifndef FAULT
#define FAULT 0
#endif
#ifndef PROCESSES
#define PROCESSES 2	/* at most 3 */
#endif
#ifndef SLOTS
#define SLOTS 2		/* at most 3 */
#endif
#ifndef JOINED
#define JOINED PROCESSES	/* at most SLOTS */
#endif
#ifndef WORKERS
#define WORKERS PROCESSES	/* at most 4 */
#endif
#ifndef DEATHS
#define DEATHS 1	/* at most 3: a generation has 2 bits */
#endif
#ifndef GIVE_UPS
#define GIVE_UPS 0
#endif
#ifndef NUMBERS
#define NUMBERS 0
#endif
#ifndef MUTEX
#define MUTEX 0
#endif
#ifndef LATE
#define LATE 0
#endif

/* A life word; FUTEX_WAITERS is always with a number, and left out. */
#define FREE	0
#define NUMBER	(1 + NUMBERS * id)
#define DIED	4

/* A slot's owner: life word and generation, which change together. */
#define OWNER(life, generation)	((generation) * 8 + (life))
#define LIFE(owner)		((owner) % 8)
#define GENERATION(owner)	((owner) / 8)
#define IS_ALIVE(owner)		(LIFE(owner) != FREE && LIFE(owner) != DIED)
#define IS_DEAD(owner)		(LIFE(owner) == DIED)

/* A tag: generation and slot; never 0. */
#define TAG(slot, owner)	(GENERATION(owner) * SLOTS + (slot) + 1)
#define SLOT(tag)		(((tag) - 1) % SLOTS)
#define IS_ALIVE_TAG(tag)	(IS_ALIVE(owner[SLOT(tag)]) && \
	(TAG(SLOT(tag), owner[SLOT(tag)]) == (tag) || FAULT == 4))

/* The mutex. */
#define WAITERS		128
#define INCONSISTENT	64
#define LOST		63
#define TAG_OF(state)	((state) & 63)
#define IS_TAKEN(state)	(TAG_OF(state) != 0 && TAG_OF(state) != LOST)

#define SELF	(1 << id)
#define WORKERS_OF(process) \
	((1 | (1 << PROCESSES) | (1 << PROCESSES * 2) | (1 << PROCESSES * 3)) << (process))

byte owner[SLOTS];
byte slot_lock[SLOTS];		/* a process plus 1 */
byte joins;
byte mutex = MUTEX;

/* The kernel's queues, as sets: it may wake any. */
byte watchers[SLOTS];		/* life threads at a life word */
byte joins_watchers;		/* life threads */
byte sleepers;			/* workers at the mutex */

byte list[PROCESSES];		/* a slot plus 1: the word that the kernel is told of */
byte tag[PROCESSES];		/* 0: it takes no part */
bool takes_part[PROCESSES];	/* its workers know */
byte seen[PROCESSES * SLOTS];	/* what each slot was at its last look */
bool is_dead[PROCESSES];
byte deaths;
byte give_ups;
byte counted[PROCESSES];	/* its workers that sleep or are about to */

/* For what is asked alone. */
byte holder[SLOTS];		/* the process plus 1 that took the slot last */
int tags;			/* that were given, as a set */
byte owners;			/* workers that have the mutex, as a set */

#define SEEN(slot)	seen[id * SLOTS + (slot)]
#define IS_WATCHED(slot)	(IS_ALIVE(SEEN(slot)) && TAG(slot, SEEN(slot)) != tag[id])
#define IS_WOKEN(slot)	(IS_WATCHED(slot) && !(watchers[slot] & SELF))

/* One bit off: any. */
#define WAKE_ONE(queue) \
	atomic { \
		if \
		:: queue & 1 -> queue = queue & ~1 \
		:: queue & 2 -> queue = queue & ~2 \
		:: queue & 4 -> queue = queue & ~4 \
		:: queue & 8 -> queue = queue & ~8 \
		:: queue == 0 \
		fi \
	}

inline leave_queues() {
	joins_watchers = joins_watchers & ~SELF;
	watchers[0] = watchers[0] & ~SELF;
#if SLOTS > 1
	watchers[1] = watchers[1] & ~SELF;
#endif
#if SLOTS > 2
	watchers[2] = watchers[2] & ~SELF;
#endif
}

/* The slot is ours now. */
inline took() {
	owner[slot] = o;
	holder[slot] = id + 1;
	tag[id] = TAG(slot, o);
	assert(!(tags & (1 << tag[id])));	/* nobody dead had this tag */
	tags = tags | (1 << tag[id])
}

/* Of one slot, any: whoever finds it taken tries another as if he came later. Whether its owner
 * looks alive does not matter, for at last that does not: the lock tells. */
inline claim() {
	atomic {
		if
		:: slot = 0
		:: SLOTS > 1 -> slot = 1
		:: SLOTS > 2 -> slot = 2
		fi
	};
	atomic {
		if
		:: FAULT == 2
		:: FAULT != 2 && slot_lock[slot] == 0 -> slot_lock[slot] = id + 1
		:: else -> goto over
		fi
	};
	o = owner[slot];
#if FAULT != 1
	list[id] = slot + 1;
#endif
#if FAULT == 21
	atomic { joins++; joins_watchers = 0 };
#endif
	if
	:: atomic {
		owner[slot] == o ->
			o = OWNER(NUMBER, GENERATION(o) + (LIFE(o) != FREE && FAULT != 3));
			took();
			o = 0
	   }
	:: atomic { owner[slot] != o -> o = 0; list[id] = 0 };
	   goto release
	fi;
#if FAULT == 1
	list[id] = slot + 1
#endif
}

/* Of the mutex, on the life thread: somebody has gone. */
inline look_again() {
	if
	:: atomic { counted[id] == 0 -> sleepers = sleepers * (FAULT == 23); goto same }
	:: else
	fi;
	do
	:: atomic {
		state = mutex;
		if
		:: !IS_TAKEN(state) || FAULT == 11 -> break
		:: else
		fi
	   };
	   if
	   :: IS_ALIVE_TAG(TAG_OF(state)) -> break
	   :: atomic { !IS_ALIVE_TAG(TAG_OF(state)) && FAULT == 13 ->
		if
		:: mutex == state -> mutex = (state & ~WAITERS) | INCONSISTENT
		:: else
		fi;
		break
	      }
	   :: !IS_ALIVE_TAG(TAG_OF(state)) && FAULT != 13;
	      if
	      :: atomic { mutex == state -> mutex = INCONSISTENT; break }
	      :: atomic { mutex != state && FAULT != 12 -> state = 0 }
	      :: mutex != state && FAULT == 12 -> break
	      fi
	   fi
	od;
	atomic { sleepers = 0; state = 0 }
}

#define PASSED(before, now)	(GENERATION(now) - GENERATION(before))
#define IS_GONE(before, now) \
	(PASSED(before, now) > 1 || (PASSED(before, now) == 1 && !IS_DEAD(before)) \
	|| (IS_DEAD(now) && (PASSED(before, now) > 0 || !IS_DEAD(before))))

/* Looks at all slots. */
inline look() {
#if FAULT != 6
	expected = joins;
#endif
	do
	:: atomic { i == SLOTS -> i = 0; break }
	:: atomic {
		i < SLOTS ->
			o = owner[i];
			if
			:: o == SEEN(i) -> goto same
			:: else
			fi
	   };
	   watchers[i] = watchers[i] * (FAULT == 7);
#if WORKERS > 0
	   if
	   :: IS_GONE(SEEN(i), o) && FAULT != 10 -> look_again()
	   :: else
	   fi;
#endif
same:	   atomic { SEEN(i) = o; o = 0; i++ }
	od;
#if FAULT == 6
	expected = joins
#endif
}

/* futex_waitv(2): word for word. */
inline wait() {
	if
	:: atomic { joins == expected -> joins_watchers = joins_watchers | SELF; is_in_kernel = true }
	:: joins != expected -> goto woken
	fi;
	do
	:: atomic { i == SLOTS -> i = 0; break }
	:: atomic { i < SLOTS && !IS_WATCHED(i) -> i++ }
	:: atomic {
		i < SLOTS && IS_WATCHED(i) && (LIFE(owner[i]) == LIFE(SEEN(i)) || FAULT == 8) ->
			watchers[i] = watchers[i] | SELF;
			i++
	   }
	:: i < SLOTS && IS_WATCHED(i) && LIFE(owner[i]) != LIFE(SEEN(i)) && FAULT != 8 -> goto woken
	od;
end_watching:
	(!(joins_watchers & SELF) || IS_WOKEN(0)
#if SLOTS > 1
		|| IS_WOKEN(1)
#endif
#if SLOTS > 2
		|| IS_WOKEN(2)
#endif
	)
}

inline free_locks() {
	d_step {
		do
		:: i < SLOTS ->
			if
			:: slot_lock[i] == id + 1 -> slot_lock[i] = 0
			:: else
			fi;
			i++
		:: else -> i = 0; break
		od;
		list[id] = list[id] * (FAULT == 5)
	}
}

proctype LifeThread(byte id) {
	byte i;
	byte slot;
	byte o;
	byte state;
	byte expected;
	bool is_in_kernel;
	{
		if
		:: takes_part[id]
		:: else ->
			claim();
			do
			:: atomic { i == SLOTS -> i = 0; break }
			:: atomic { i < SLOTS -> SEEN(i) = owner[i]; i++ }
			od;
#if FAULT != 9 && FAULT != 21
			joins++;
#endif
			atomic { joins_watchers = 0; takes_part[id] = true; slot = 0 }
		fi;
		do
		:: look();
		   wait();
woken:		   atomic { leave_queues(); is_in_kernel = false; expected = 0; i = 0 }
		od;
release:	slot_lock[slot] = 0;
over:		slot = 0
	} unless {
		/* It may have been about to wait, and take another's wake. */
		atomic {
			is_dead[id];
			i = 0;
			do
			:: i < SLOTS && is_in_kernel && IS_WATCHED(i) && LIFE(owner[i]) == LIFE(SEEN(i)) ->
				watchers[i] = watchers[i] | SELF; i++
			:: i < SLOTS -> i++
			:: i == SLOTS -> break
			od;
			i = 0; o = 0; state = 0; expected = 0; slot = 0; is_in_kernel = false;
			d_step {
				do
				:: i < SLOTS -> SEEN(i) = 0; i++
				:: else -> i = 0; break
				od
			}
		};
		d_step { leave_queues() };	/* woken by its end */
#if FAULT == 5
		free_locks();
#endif
		if
		:: atomic {
			list[id] != 0 && LIFE(owner[list[id] - 1]) == NUMBER ->
				assert(holder[list[id] - 1] == id + 1);	/* never a living one */
				owner[list[id] - 1] = OWNER(DIED, GENERATION(owner[list[id] - 1]))
		   };
#if FAULT != 17
		   WAKE_ONE(watchers[list[id] - 1])
#endif
		:: else
		fi;
		free_locks()
	}
}

inline take(waiters) {
	mutex = tag[id] | (waiters) | (state & (WAITERS | INCONSISTENT)) |
		(INCONSISTENT * IS_TAKEN(state));
	assert(owners == 0);	/* nobody else alive has it */
	owners = 1 << self;
	state = 0
}

/* Goes on if the mutex is another's. */
inline try_lock(waiters) {
	do
	:: atomic {
		state = mutex;
		if
		:: TAG_OF(state) == LOST -> goto over
		:: else
		fi
	   };
	   if
	   :: atomic { !IS_TAKEN(state) && mutex == state -> take(waiters); goto locked }
	   :: atomic { IS_TAKEN(state) && IS_ALIVE_TAG(TAG_OF(state)) -> state = 0; break }
	   :: IS_TAKEN(state) && !IS_ALIVE_TAG(TAG_OF(state));
	      if
	      :: atomic { mutex == state -> take(waiters); goto locked }
	      :: atomic { mutex != state -> state = 0 }
	      fi
	   :: atomic { !IS_TAKEN(state) && mutex != state -> state = 0 }
	   fi
	od
}

inline uncount() {
	atomic {
		counted[id] = counted[id] - (is_counted && FAULT != 22);
		is_counted = false
	}
}

inline sleep() {
	atomic {
		state = mutex;
		if
		:: IS_TAKEN(state) || FAULT == 16
		:: else -> goto awake
		fi
	};
	if
	:: FAULT == 16 || IS_ALIVE_TAG(TAG_OF(state))
	:: else -> goto awake
	fi;
	if
	:: atomic { state & WAITERS -> is_in_kernel = true }
	:: atomic {
		!(state & WAITERS) && mutex == state ->
			state = state | WAITERS; mutex = state; is_in_kernel = true
	   }
	:: !(state & WAITERS) && mutex != state -> goto awake
	fi;
#if FAULT == 22
	counted[id]++;
#endif
	atomic {
		if
		:: mutex == state || FAULT == 15 -> sleepers = sleepers | (1 << self)
		:: else
		fi
	};
end_asleep:
	if
	:: !(sleepers & (1 << self))
	:: atomic {
		give_ups < GIVE_UPS ->
			give_ups++; state = 0; is_in_kernel = false; sleepers = sleepers & ~(1 << self)
	   };
	   uncount();
#if FAULT != 19
	   WAKE_ONE(sleepers);
#endif
	   goto over
	fi
}

proctype Worker(byte self; byte id) {
	byte state;
	bool is_counted;
	bool is_in_kernel;
end_outside:
	takes_part[id] || is_dead[id];
	{
		try_lock(0);
		atomic { is_counted = true; counted[id] = counted[id] + (FAULT != 22) };
		do
		:: try_lock(WAITERS * (FAULT != 14));
		   sleep();
awake:		   atomic {
			state = 0;
			is_in_kernel = false;
			counted[id] = counted[id] * (FAULT != 22)
		   }
		od;
locked:
		uncount();
		/* What it guards is repaired, or not. */
		if
		:: mutex = mutex & ~INCONSISTENT
		:: mutex & INCONSISTENT
		fi;
		/* It is given back, or left as it was. */
		atomic {
			assert(TAG_OF(mutex) == tag[id]);
			state = mutex;
			owners = 0;
			if
			:: state & INCONSISTENT -> mutex = LOST
			:: mutex = state & INCONSISTENT
			fi;
			if
			:: !(state & WAITERS) || FAULT == 18 -> goto over
			:: else
			fi;
			state = (mutex == LOST)
		};
		if
		:: state && FAULT != 20 -> sleepers = 0
		:: else -> WAKE_ONE(sleepers)
		fi;
over:		uncount();
		state = 0
	} unless {
		atomic {
			is_dead[id];
			is_counted = false;
			if
			:: LATE && is_in_kernel
			:: else -> is_in_kernel = false; state = 0
			fi
		};
		if
		:: atomic { is_in_kernel && mutex == state -> sleepers = sleepers | (1 << self) }
		:: else
		fi;
		atomic { state = 0; is_in_kernel = false; sleepers = sleepers & ~(1 << self) }
	}
}

proctype Killer() {
	byte id;
	do
	:: atomic {
		deaths < DEATHS ->
			id = 0;
			do
			:: id < PROCESSES - 1 -> id++
			:: break
			od;
			if
			:: !is_dead[id] ->
				is_dead[id] = true;
				owners = owners & ~WORKERS_OF(id);
				counted[id] = 0;
				deaths++
			:: else
			fi;
			id = 0
	   }
	:: break
	od;
	give_ups = GIVE_UPS	/* from here on nobody gives up: that does not save who oversleeps */
}

#define IS_HELD_BY_LIVING(s)	(IS_ALIVE(owner[s]) && !is_dead[holder[s] - 1])

/* Nothing more can happen. */
proctype Judge() {
	byte p;
	byte s;
	timeout;
	d_step {
		do
		:: p < PROCESSES && !is_dead[p] && takes_part[p] ->
nobody_oversleeps:
			assert(!(sleepers & WORKERS_OF(p)));
living_is_alive:
			assert(IS_ALIVE_TAG(tag[p]));
			s = 0;
			do
			:: s < SLOTS ->
everybody_knows:
				assert((!IS_ALIVE(seen[p * SLOTS + s]) && !IS_ALIVE(owner[s])) ||
					(seen[p * SLOTS + s] == owner[s] && IS_HELD_BY_LIVING(s)));
				s++
			:: else -> break
			od;
			p++
		:: p < PROCESSES && (is_dead[p] || !takes_part[p]) -> p++
		:: else -> s = 0; break
		od;
		do
		:: s < SLOTS ->
dead_is_dead:
			assert(!IS_ALIVE(owner[s]) || IS_HELD_BY_LIVING(s));
			assert(slot_lock[s] == 0 || IS_HELD_BY_LIVING(s));
			s++
		:: else -> break
		od
	}
}

init {
	byte id;
	byte i;
	atomic {
		do
		:: id < JOINED ->
			owner[id] = OWNER(NUMBER, 0);
			holder[id] = id + 1;
			slot_lock[id] = id + 1;
			list[id] = id + 1;
			tag[id] = TAG(id, owner[id]);
			tags = tags | (1 << tag[id]);
			takes_part[id] = true;
			joins++;
			i = 0;
			do
			:: i < JOINED -> seen[i * SLOTS + id] = owner[id]; i++
			:: else -> break
			od;
			id++
		:: else -> break
		od;
		id = 0;
		do
		:: id < PROCESSES -> run LifeThread(id); id++
		:: else -> break
		od;
		i = 0;
		do
		:: i < WORKERS -> run Worker(i, i % PROCESSES); i++
		:: else -> break
		od;
		run Killer();
		run Judge();
		id = 0; i = 0
	}
}
