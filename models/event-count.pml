/*
 * The event count: one word in shared memory, by which processes wait for what other processes make
 * true. Bit 0 of the word: somebody may sleep. The bits above: an epoch.
 *
 * Any participant may be killed at any step; the survivors then look again. What is asked for: no
 * live waiter sleeps for ever while what he waits for is there (nobody_oversleeps, at the end), and
 * nobody runs for ever (the search for cycles).
 *
 *   ALL=0      an item is for one: signal() or signalAll(), as each signaller likes
 *   ALL=1      waiter i waits until i + 1 items are there, and takes none: signalAll()
 *   LATE=1     a thread of a killed process may enter the queue after others have looked again, and
 *              take the one wake of a signal
 *
 * SEARCH quick -DALL=0 -DSIGNALLERS=1
 * SEARCH quick -DALL=1 -DSIGNALLERS=1
 * SEARCH full -DALL=0 -DSIGNALLERS=1 -DGIVE_UPS=1
 * SEARCH full -DALL=1 -DSIGNALLERS=1 -DGIVE_UPS=1
 * SEARCH full -DALL=0 -DDEATHS=0 -DGIVE_UPS=1
 * SEARCH full -DALL=0 -DSIGNALLERS=1 -DCYCLES
 * SEARCH full -DALL=0
 *
 * FAULT quick 1 -DALL=0 -DSIGNALLERS=1 a waiter does not say that he waits
 * FAULT quick 2 -DALL=0 -DSIGNALLERS=1 a waiter does not look again after he has said that he waits
 * FAULT quick 3 -DALL=0 -DSIGNALLERS=1 the wait does not compare the word
 * FAULT quick 4 -DALL=0 -DSIGNALLERS=1 signal() leaves the epoch as it was
 * FAULT quick 5 -DALL=0 -DDEATHS=0 signal() takes the bit off although others may sleep
 * FAULT quick 6 -DALL=0 -DDEATHS=0 signal() returns when its change fails: somebody else has signalled
 * FAULT quick 7 -DALL=0 -DDEATHS=0 a signal that woke nobody takes the bit off without waking who came meanwhile
 * FAULT quick 8 -DALL=0 -DSIGNALLERS=1 -DGIVE_UPS=1 who gives up does not pass the wake on
 * FAULT quick 9 -DALL=0 -DSIGNALLERS=1 nobody looks again after a death
 * FAULT quick 10 -DALL=0 -DSIGNALLERS=1 to look again is only to wake: the word stays as it was
 * FAULT quick 11 -DALL=0 -DSIGNALLERS=1 to look again wakes one only
 * FAULT quick 12 -DALL=0 -DSIGNALLERS=1 an item is put there after the signal
 * FAULT quick 13 -DALL=0 -DSIGNALLERS=1 who was woken takes without looking whether there is something
 * FAULT quick 14 -DALL=1 -DSIGNALLERS=1 signalAll() wakes one only
 * FAULT quick 15 -DALL=1 -DSIGNALLERS=1 signalAll() takes the bit off and leaves the epoch as it was
 * FAULT quick 16 -DALL=1 -DSIGNALLERS=1 to look again leaves alone a word whose bit is off
 * FAULT quick 17 -DALL=0 -DWAITERS=1 -DSIGNALLERS=1 who is about to sleep counts himself after he has looked for deaths
 * FAULT quick 18 -DALL=0 -DWAITERS=1 -DSIGNALLERS=1 who is about to sleep does not look for deaths
 * FAULT quick 19 -DALL=0 -DSIGNALLERS=1 to look again where nobody sleeps wakes nobody, not even the dead
 * FAULT quick 20 -DALL=0 -DSIGNALLERS=1 -DLATE=1 none but the kernel's: only to look once a second helps
 */
#ifndef FAULT
#define FAULT 0
#endif
#ifndef ALL
#define ALL 0
#endif
#ifndef WAITERS
#define WAITERS 2	/* at most 4 */
#endif
#ifndef SIGNALLERS
#define SIGNALLERS 2
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef GIVE_UPS
#define GIVE_UPS 0
#endif

#ifndef LATE
#define LATE 0
#endif

#define PARTICIPANTS	(WAITERS + SIGNALLERS)

#define BIT	1
#define EPOCH	2
#define EPOCH_IF(is)	(EPOCH * (is))
#define SELF	(1 << id)

#if ALL
#define IS_THERE(i)	(items > (i))
#define TAKE	skip
#else
#define IS_THERE(i)	(items > 0)
#define TAKE	items--
#endif

byte word;
byte items;
byte sleepers;			/* the kernel's queue of the word, as a set: it may wake any */
bool is_dead[PARTICIPANTS];
byte deaths;
byte give_ups;
bool is_counted[WAITERS];	/* it sleeps, or is about to */
byte looks[WAITERS];		/* how often its process has looked again */

#define OVERSLEEPS(i)	((sleepers & (1 << (i))) && !is_dead[i] && IS_THERE(i))

inline wake_one(is_woken) {
	atomic {
		if
		:: sleepers & 1 -> sleepers = sleepers & ~1; is_woken = true
		:: sleepers & 2 -> sleepers = sleepers & ~2; is_woken = true
		:: sleepers & 4 -> sleepers = sleepers & ~4; is_woken = true
		:: sleepers & 8 -> sleepers = sleepers & ~8; is_woken = true
		:: sleepers == 0 -> is_woken = false
		fi
	}
}

inline wake_all() {
	sleepers = 0
}

/* The two ends of a compare-and-set of what was read into s, which is forgotten: fewer states. */
#define DONE(next)	atomic { word == s -> word = (next); s = 0 }
#define NOT_DONE	atomic { word != s -> s = 0 }

inline prepare() {
	do
	:: atomic {
		s = word;
		if
		:: (s & BIT) || FAULT == 1 -> break
		:: else
		fi
	   };
	   if
	   :: atomic { word == s -> word = s | BIT; s = s | BIT; break }
	   :: NOT_DONE
	   fi
	od
}

/* Reads the word into s, and ends the loop around it if nobody may sleep. */
inline get_or_break() {
	atomic {
		s = word;
		if
		:: !(s & BIT) -> s = 0; break
		:: else
		fi
	}
}

inline signal_all() {
	do
	:: get_or_break();
	   if
	   :: DONE((s + EPOCH_IF(FAULT != 15)) & ~BIT);
	      if
	      :: FAULT == 14 -> wake_one(is_woken)
	      :: FAULT != 14 -> wake_all()
	      fi;
	      break
	   :: NOT_DONE
	   fi
	od
}

inline signal() {
	do
	:: get_or_break();
	   if
	   :: atomic {
		word == s ->
			s = (s + EPOCH_IF(FAULT != 4)) & ~(FAULT == 5);
			word = s
	      };
	      wake_one(is_woken);
	      if
	      :: !is_woken -> nobody_sleeps()
	      :: atomic { is_woken -> is_woken = false; s = 0 }
	      fi;
	      break
	   :: NOT_DONE ->
	      if
	      :: FAULT == 6 -> break
	      :: FAULT != 6
	      fi
	   fi
	od
}

/* Of the value that was just stored. */
inline nobody_sleeps() {
	if
	:: DONE((s + EPOCH) & ~BIT);
	   if
	   :: FAULT != 7 -> wake_all()
	   :: FAULT == 7
	   fi
	:: NOT_DONE
	fi
}

/* In the process of waiter id. */
inline look_again() {
	looks[id]++;
	if
	:: atomic { !is_counted[id] -> sleepers = sleepers * (FAULT == 19); goto end }
	:: else
	fi;
	do
	:: s = word;
	   if
	   :: atomic { FAULT == 16 && !(s & BIT) -> s = 0; break }
	   :: atomic { FAULT == 10 -> s = 0; wake_all(); break }
	   :: FAULT != 10;
	      if
	      :: DONE((s + EPOCH) & ~BIT);
	         if
	         :: FAULT == 11 -> wake_one(is_woken)
	         :: FAULT != 11 -> wake_all()
	         fi;
	         break
	      :: NOT_DONE
	      fi
	   fi
	od
}

proctype Waiter(byte id) {
	byte s;		/* and then the key */
	byte looked;	/* a part of the key */
	bool is_woken;
	bool is_in_kernel;
	{
		do
		:: atomic {
			if
			:: IS_THERE(id) -> TAKE; goto over
			:: else
			fi
		   };
		   looked = looks[id];
		   prepare();
		   atomic {
			if
			:: FAULT != 2 && IS_THERE(id) -> TAKE; goto over
			:: else
			fi
		   };
#if FAULT != 17
		   is_counted[id] = true;
#endif
		   atomic {
			if
			:: looks[id] == looked || FAULT == 18 -> is_in_kernel = true
			:: else -> goto awake
			fi
		   };
#if FAULT == 17
		   is_counted[id] = true;
#endif
		   atomic {
			if
			:: word == s || FAULT == 3 -> sleepers = sleepers | SELF
			:: else
			fi
		   };
end_asleep:
		   if
		   :: !(sleepers & SELF)
		   :: atomic {
			give_ups < GIVE_UPS ->
				give_ups++;
				sleepers = sleepers & ~SELF;
				is_in_kernel = false
		      };
		      is_counted[id] = false;
		      if
		      :: FAULT == 8
		      :: else -> wake_one(is_woken)
		      fi;
		      goto over
		   fi;
awake:		   atomic { is_counted[id] = false; is_in_kernel = false; looked = 0 };
		   if
		   :: FAULT == 13 -> assert(items > 0); TAKE; goto over
		   :: else
		   fi
		od;
over:		atomic { s = 0; looked = 0 }
	} unless {
		atomic { is_dead[id] -> is_counted[id] = false; looked = 0 };
		/* The kernel goes on for a moment. */
		if
		:: atomic { LATE && is_in_kernel && word == s -> sleepers = sleepers | SELF }
		:: else
		fi;
		atomic { sleepers = sleepers & ~SELF; is_in_kernel = false; s = 0 }
	}
}

proctype Signaller(byte id) {
	byte s;
	bool is_woken;
	{
		if
		:: FAULT != 12 -> items++
		:: else
		fi;
#if !ALL
		if
		:: signal()
		:: signal_all()
		fi;
#else
		signal_all();
#endif
		if
		:: FAULT == 12 -> items++
		:: else
		fi
	} unless {
		atomic { is_dead[id] -> s = 0 }
	}
}

/* Of the process of waiter id: it looks again when another has died. */
proctype LifeThread(byte id) {
	byte s;
	byte seen;
	bool is_woken;
	{
end:		do
		:: atomic { deaths > seen && FAULT != 9 -> seen = deaths };
		   look_again()
		od
	} unless {
		atomic { is_dead[id] -> s = 0; seen = 0; looks[id] = 0 }
	}
}

proctype Killer() {
	byte id;
	do
	:: atomic {
		deaths < DEATHS ->
			id = 0;
			do
			:: id < PARTICIPANTS - 1 -> id++
			:: break
			od;
			if
			:: !is_dead[id] -> is_dead[id] = true; deaths++
			:: else
			fi
	   }
	:: break
	od;
	give_ups = GIVE_UPS	/* from here on nobody gives up: that does not save who oversleeps */
}

proctype Judge() {
	timeout;
nobody_oversleeps:
	assert(!OVERSLEEPS(0) && !OVERSLEEPS(1) && !OVERSLEEPS(2) && !OVERSLEEPS(3))
}

init {
	byte n;
	atomic {
		do
		:: n < WAITERS -> run Waiter(n); n++
		:: n >= WAITERS && n < PARTICIPANTS -> run Signaller(n); n++
		:: else -> break
		od;
		n = 0;
		do
		:: n < WAITERS && DEATHS > 0 -> run LifeThread(n); n++
		:: else -> break
		od;
		run Killer();
		run Judge();
		n = 0
	}
}
