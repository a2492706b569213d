/*
 * A draft: of two processes and two slots, not yet searched to the end, and not in models/check.
 *
 * Who takes part in a region, who is told of a death, and the mutex on top of it.
 *
 * Each process has a life thread, which takes a slot, watches the others and leaves, and a worker,
 * which takes and gives back the mutex. Any process may be killed at any step; then the kernel
 * marks the life word which its life thread has told it of, if that thread's number is in it, and
 * wakes one who waits for it.
 *
 * Asked for: a living one is never marked dead; two living never have the mutex; at the end no live
 * worker sleeps at a mutex he could have, no life thread believes in somebody who is gone, and a
 * slot has an owner who lives, or may be had, or its owner was killed between the two changes of
 * leaving.
 *
 * -DSAME_NUMBERS=1   all life threads have one number, each in a PID namespace of its own
 * -DHOLD_AND_LEAVE=1 a process may leave while it has the mutex, or owes somebody a wake
 * -DLATE=1           a killed worker may still enter the mutex's queue after its death was told
 */
#ifndef FAULT
#define FAULT 0
#endif
#ifndef PROCESSES
#define PROCESSES 2
#endif
#ifndef SLOTS
#define SLOTS 2
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef SAME_NUMBERS
#define SAME_NUMBERS 0
#endif
#ifndef HOLD_AND_LEAVE
#define HOLD_AND_LEAVE 0
#endif
#ifndef LATE
#define LATE 0
#endif

/* A life word. Small numbers are a thread's; bit 31 is always with them and left out. */
#define FREE	0
#define LEAVING	14
#define DIED	15

#if SAME_NUMBERS
#define NUMBER	1
#else
#define NUMBER	(id + 1)
#endif

#define NOBODY	255	/* no process, no slot */
#define SELF	(1 << id)

/* An owner: life word and generation, which change together; here in 8 bits. */
#define OWNER(life, generation)	((generation) * 16 + (life))
#define LIFE(owner)		((owner) % 16)
#define GENERATION(owner)	((owner) / 16)
#define IS_ALIVE(owner)	(LIFE(owner) != FREE && LIFE(owner) < LEAVING)
#define NEXT(owner)		OWNER(FREE, GENERATION(owner) + 1)

/* A tag: generation and slot; never 0. */
#define TAG(slot, owner)	(GENERATION(owner) * SLOTS + (slot) + 1)
#define SLOT(tag)		(((tag) - 1) % SLOTS)
#define IS_ALIVE_TAG(tag) \
	(IS_ALIVE(owner[SLOT(tag)]) && TAG(SLOT(tag), owner[SLOT(tag)]) == (tag))

/* The mutex: tag, INCONSISTENT, WAITERS. */
#define INCONSISTENT	64
#define WAITERS	128
#define TAG_OF(state)	((state) & 63)
#define LOST	63

byte owner[SLOTS];
byte joins;
byte mutex;

/* The kernel's queues, as sets of processes: of each life word, of joins, of the mutex. */
byte watchers[SLOTS];
byte joins_watchers;
byte mutex_sleepers;

/* What each life thread has told the kernel of: a node, and whether it is on the list. */
byte node[PROCESSES];
bool is_listed[PROCESSES];

bool is_dead[PROCESSES];
byte deaths;
bool is_closing[PROCESSES];	/* its worker ends, and then its life thread leaves */
bool is_worker_over[PROCESSES];
byte tag[PROCESSES];		/* 0: does not take part */

/* For the judges alone. */
byte holder[SLOTS];		/* the process whose slot it is or was */
bool has_mutex[PROCESSES];
bool is_watching[PROCESSES];
byte believed[PROCESSES * SLOTS];	/* what the life thread saw last */
#define SEEN(slot)	believed[id * SLOTS + (slot)]

inline wake_one(queue) {
	atomic {
		if
		:: queue & 1 -> queue = queue & ~1
		:: queue & 2 -> queue = queue & ~2
		:: queue & 4 -> queue = queue & ~4
		:: queue == 0
		fi
	}
}

/* A life thread that is woken at one of its words leaves all queues. */
inline unqueue() {
	d_step {
		joins_watchers = joins_watchers & ~SELF;
		watchers[0] = watchers[0] & ~SELF;
#if SLOTS > 1
		watchers[1] = watchers[1] & ~SELF;
#endif
	}
}

inline take_off_list() {
	is_listed[id] = false
}

inline claim() {
	first = joins % SLOTS;
	i = 0;
	do
	:: i < SLOTS ->
		slot = (first + i) % SLOTS;
		o = owner[slot];
		if
		:: LIFE(o) == DIED ->
			if
			:: atomic { owner[slot] == o -> owner[slot] = NEXT(o); o = NEXT(o) }
			:: atomic { owner[slot] != o -> o = owner[slot] }
			fi
		:: LIFE(o) != DIED
		fi;
		if
		:: LIFE(o) == FREE ->
			if
			:: FAULT != 1 -> node[id] = slot; is_listed[id] = true
			:: FAULT == 1
			fi;
			if
			:: atomic { owner[slot] == o ->
				o = OWNER(NUMBER, GENERATION(o));
				owner[slot] = o;
				holder[slot] = id;
				tag[id] = TAG(slot, o)
			   };
			   if
			   :: FAULT == 1 -> node[id] = slot; is_listed[id] = true
			   :: FAULT != 1
			   fi;
			   break
			:: owner[slot] != o -> take_off_list()
			fi
		:: LIFE(o) != FREE
		fi;
		i++
	:: i >= SLOTS -> break
	od;
	o = 0
}

/* Of the mutex, on the life thread: somebody has gone. */
inline look_again() {
	do
	:: state = mutex;
	   if
	   :: TAG_OF(state) != 0 && TAG_OF(state) != LOST && !IS_ALIVE_TAG(TAG_OF(state)) ->
		if
		:: d_step { mutex == state && FAULT != 15 -> mutex = INCONSISTENT }; break
		:: d_step { mutex == state && FAULT == 15 ->
			mutex = (state & ~WAITERS) | INCONSISTENT }; break
		:: mutex != state ->
			if
			:: FAULT == 14 -> break
			:: FAULT != 14
			fi
		fi
	   :: else -> break
	   fi
	od;
	atomic { mutex_sleepers = 0; state = 0 }
}

#define IS_GONE(before, now) \
	((GENERATION(now) != GENERATION(before) \
		&& (GENERATION(now) - GENERATION(before) > 1 || LIFE(before) != DIED)) \
	|| (LIFE(now) == DIED && LIFE(before) != DIED) \
	|| (LIFE(now) == DIED && GENERATION(now) != GENERATION(before)))

/* Looks at all slots, and enters the queues of those words that have not changed since. */
inline look() {
	expected = joins;
	i = 0;
	do
	:: i < SLOTS ->
		o = owner[i];
		if
		:: o != SEEN(i) ->
			if
			:: FAULT != 2 -> watchers[i] = 0
			:: FAULT == 2
			fi;
			if
			:: IS_GONE(SEEN(i), o) && FAULT != 3 -> look_again()
			:: else
			fi;
			SEEN(i) = o
		:: o == SEEN(i)
		fi;
		i++
	:: i >= SLOTS -> break
	od;
	atomic { i = 0; o = 0 }
}

#define IS_WOKEN(slot)	((asked & (1 << (slot))) && !(watchers[slot] & SELF))

inline watch() {
	do
	:: is_closing[id] -> break
	:: !is_closing[id] ->
		look();
		if
		:: d_step { joins == expected || FAULT == 4 -> joins_watchers = joins_watchers | SELF }
		:: joins != expected && FAULT != 4 -> goto again
		fi;
		i = 0;
		do
		:: i < SLOTS ->
			if
			:: atomic { !IS_ALIVE(SEEN(i)) || TAG(i, SEEN(i)) == tag[id] -> i++ }
			:: d_step { IS_ALIVE(SEEN(i)) && TAG(i, SEEN(i)) != tag[id] &&
				(LIFE(owner[i]) == LIFE(SEEN(i)) || FAULT == 5) ->
				watchers[i] = watchers[i] | SELF; asked = asked | (1 << i); i++ }
			:: atomic { IS_ALIVE(SEEN(i)) && TAG(i, SEEN(i)) != tag[id] &&
				LIFE(owner[i]) != LIFE(SEEN(i)) && FAULT != 5 -> i = 0; goto again }
			fi
		:: i >= SLOTS -> i = 0; break
		od;
end_watching:	(is_closing[id] || !(joins_watchers & SELF) || IS_WOKEN(0) || IS_WOKEN(SLOTS - 1));
again:		atomic { unqueue(); asked = 0; expected = 0 }
	od
}

inline leave() {
	slot = SLOT(tag[id]);
	o = owner[slot];
	if
	:: FAULT == 6 -> take_off_list()
	:: FAULT != 6
	fi;
	if
	:: d_step { owner[slot] == o && TAG(slot, o) == tag[id] && IS_ALIVE(o) ->
		o = OWNER(LEAVING, GENERATION(o)); owner[slot] = o };
	   if
	   :: FAULT != 7 -> take_off_list()
	   :: FAULT == 7
	   fi;
	   if
	   :: FAULT != 8 -> owner[slot] = NEXT(o)
	   :: FAULT == 8 -> owner[slot] = OWNER(FREE, GENERATION(o))
	   fi;
	   if
	   :: FAULT == 7 -> take_off_list()
	   :: FAULT != 7
	   fi
	:: else -> assert(false)	/* taken for dead while it lives */
	fi;
	if
	:: FAULT != 9 -> watchers[slot] = 0
	:: FAULT == 9
	fi;
	atomic { tag[id] = 0; o = 0; slot = 0; is_watching[id] = false }
}

proctype LifeThread(byte id) {
	byte i;
	byte slot;
	byte first;
	byte o;
	byte state;
	byte expected;
	byte asked;
	{
		claim();
		if
		:: tag[id] == 0 -> goto over
		:: tag[id] != 0
		fi;
		i = 0;
		do
		:: i < SLOTS -> SEEN(i) = owner[i]; i++
		:: i >= SLOTS -> i = 0; break
		od;
		joins++;
		joins_watchers = 0;
		is_watching[id] = true;
		watch();
		is_worker_over[id];
		leave();
over:		skip
	} unless {
		is_dead[id];
		unqueue();
		if
		:: atomic { is_listed[id] && (LIFE(owner[node[id]]) == NUMBER || FAULT == 10) ->
			assert(holder[node[id]] == id);		/* never a living one's */
			owner[node[id]] = OWNER(DIED, GENERATION(owner[node[id]]))
		   };
		   wake_one(watchers[node[id]])
		:: else
		fi
	}
}

inline try_lock(waiters) {
	do
	:: state = mutex;
	   if
	   :: TAG_OF(state) == LOST -> goto over
	   :: TAG_OF(state) != LOST
	   fi;
	   if
	   :: TAG_OF(state) != 0 && IS_ALIVE_TAG(TAG_OF(state)) -> break
	   :: else
	   fi;
	   if
	   :: d_step { mutex == state ->
		mutex = tag[id] | waiters | (state & (WAITERS | INCONSISTENT)) |
			(INCONSISTENT * (TAG_OF(state) != 0));
		has_mutex[id] = true };
	      goto locked
	   :: mutex != state
	   fi
	od
}

#define ANOTHER_HAS_IT(p)	(p < PROCESSES && p != id && has_mutex[p] && !is_dead[p])

proctype Worker(byte id) {
	byte state;
	bool is_in_kernel;
	{
		{
			is_watching[id];
			try_lock(0);
			do
			:: try_lock((WAITERS * (FAULT != 11)));
			   state = mutex;
			   if
			   :: TAG_OF(state) != 0 && IS_ALIVE_TAG(TAG_OF(state)) ->
				if
				:: d_step { mutex == state -> mutex = state | WAITERS; is_in_kernel = true };
				   if
				   :: d_step { mutex == (state | WAITERS) || FAULT == 12 ->
					mutex_sleepers = mutex_sleepers | SELF }
				   :: mutex != (state | WAITERS) && FAULT != 12
				   fi;
end_asleep:			   atomic { !(mutex_sleepers & SELF) -> is_in_kernel = false }
				:: mutex != state
				fi
			   :: else
			   fi
			od;
locked:
			assert(!ANOTHER_HAS_IT(0) && !ANOTHER_HAS_IT(1) && !ANOTHER_HAS_IT(2));
			if
			:: d_step { TAG_OF(mutex) == tag[id] -> mutex = mutex & ~INCONSISTENT }
			:: skip
			fi;
			do
			:: state = mutex;
			   assert(TAG_OF(state) == tag[id]);
			   if
			   :: d_step { mutex == state ->
				mutex = (LOST * ((state & INCONSISTENT) != 0));
				has_mutex[id] = false };
			      if
			      :: FAULT != 13 && (state & WAITERS) && (state & INCONSISTENT) -> mutex_sleepers = 0
			      :: FAULT != 13 && (state & WAITERS) && !(state & INCONSISTENT) -> wake_one(mutex_sleepers)
			      :: else
			      fi;
			      break
			   :: mutex != state
			   fi
			od;
over:			skip
		} unless {
			/* The region is closed: who waits is woken, nobody uses it any more. */
			atomic { HOLD_AND_LEAVE && is_closing[id] && !is_dead[id] ->
				mutex_sleepers = mutex_sleepers & ~SELF; has_mutex[id] = false }
		};
		atomic { state = 0; is_worker_over[id] = true }
	} unless {
		is_dead[id];
		atomic {
			if
			:: LATE && is_in_kernel && mutex == (state | WAITERS) ->
				mutex_sleepers = mutex_sleepers | SELF
			:: else
			fi
		};
		mutex_sleepers = mutex_sleepers & ~SELF
	}
}

/* Closes and kills, whenever it likes. */
proctype Fate() {
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
			:: !is_dead[id] -> is_dead[id] = true; deaths++
			:: else
			fi;
			id = 0
	   }
	:: atomic {
		!is_closing[PROCESSES - 1] && (HOLD_AND_LEAVE || is_worker_over[PROCESSES - 1]) ->
			is_closing[PROCESSES - 1] = true
	   }
	:: break
	od
}

#define IS_FINE_SLOT(s) \
	(LIFE(owner[s]) == FREE || LIFE(owner[s]) == DIED || (LIFE(owner[s]) == LEAVING && is_dead[holder[s]]) \
	|| (IS_ALIVE(owner[s]) && !is_dead[holder[s]]))
#define IS_FINE_BELIEF(p, s) \
	(is_dead[p] || !is_watching[p] || !IS_ALIVE(believed[(p) * SLOTS + (s)]) \
	|| believed[(p) * SLOTS + (s)] == owner[s] || \
	(is_dead[holder[s]] && is_closing[holder[s]]))	/* it was killed while it left */
#define IS_FINE_SLEEP(p) \
	(is_dead[p] || !(mutex_sleepers & (1 << (p))) \
	|| (TAG_OF(mutex) != 0 && TAG_OF(mutex) != LOST && IS_ALIVE_TAG(TAG_OF(mutex))))

proctype Judge() {
	byte p;
	timeout;
	d_step {
		do
		:: p < PROCESSES ->
			assert(IS_FINE_SLEEP(p));
			assert(IS_FINE_BELIEF(p, 0));
#if SLOTS > 1
			assert(IS_FINE_BELIEF(p, 1));
#endif
			p++
		:: else -> break
		od;
		assert(IS_FINE_SLOT(0));
#if SLOTS > 1
		assert(IS_FINE_SLOT(1))
#endif
	}
}

init {
	byte n;
	atomic {
		do
		:: n < PROCESSES -> run LifeThread(n); run Worker(n); n++
		:: else -> break
		od;
		run Fate();
		run Judge();
		n = 0
	}
}
