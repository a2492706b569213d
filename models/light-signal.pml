/*
 * Light signals of the event count: who makes something true looks at the word without a barrier,
 * and the one who waits makes a barrier for all before he relies on that (membarrier(2)). Bit 0 of
 * the word: he may sleep. Bit 1: he may soon, so whoever signals makes a barrier himself.
 *
 * A store of a signaller stays in his processor's buffer until that is emptied: at some time, by his
 * own barrier, or by the one for all. Any of his loads may come before. What is asked for: the one
 * who waits does not sleep for ever while what he waits for is there.
 *
 * SEARCH quick -DSIGNALLERS=2 -DITEMS=2
 * SEARCH full -DSIGNALLERS=2 -DITEMS=4
 * SEARCH full -DSIGNALLERS=3 -DITEMS=2
 *
 * FAULT quick 1 -DSIGNALLERS=1 -DITEMS=2 who waits makes no barrier for all
 * FAULT quick 2 -DSIGNALLERS=1 -DITEMS=3 who waits makes it only once, and not again after he has relaxed
 * FAULT quick 3 -DSIGNALLERS=1 -DITEMS=2 who waits makes it before he says so
 * FAULT quick 4 -DSIGNALLERS=1 -DITEMS=2 a signal makes no barrier where bit 1 is set
 * FAULT quick 5 -DSIGNALLERS=1 -DITEMS=2 a signal makes no barrier, and looks at bit 0 alone
 * FAULT quick 6 -DSIGNALLERS=1 -DITEMS=2 who waits does not look again after the barrier
 * FAULT quick 7 -DSIGNALLERS=1 -DITEMS=2 the wait does not compare the word
 */
#ifndef FAULT
#define FAULT 0
#endif
#ifndef SIGNALLERS
#define SIGNALLERS 2
#endif
#ifndef ITEMS
#define ITEMS 2		/* of each signaller */
#endif

#define WAITERS	1
#define ALERT	2
#define EPOCH	4

byte word;
byte items;			/* in memory */
byte buffered[SIGNALLERS];	/* stores of items that are on their way */
byte taken;
bool is_asleep;

#define ALL	(SIGNALLERS * ITEMS)

inline barrier_for_all() {
	atomic {
		n = 0;
		do
		:: n < SIGNALLERS -> items = items + buffered[n]; buffered[n] = 0; n++
		:: else -> n = 0; break
		od
	}
}

inline prepare() {
	atomic {
		if
		:: !(word & ALERT) && FAULT != 2 -> is_barrier_made = false
		:: else
		fi
	};
	if
	:: FAULT == 3 && !is_barrier_made -> barrier_for_all(); is_barrier_made = true
	:: else
	fi;
	atomic { word = word | WAITERS | ALERT; key = word };
	if
	:: !is_barrier_made && FAULT != 1 -> barrier_for_all(); is_barrier_made = true
	:: else
	fi
}

proctype Waiter() {
	byte key;
	byte n;
	bool is_barrier_made;
	do
	:: taken == ALL -> break
	:: items > taken -> taken++
	:: items > taken ->	/* much is going on */
		if
		:: FAULT != 2 -> is_barrier_made = false
		:: else
		fi;
		atomic {
			if
			:: (word & (WAITERS | ALERT)) == ALERT -> word = word & ~ALERT
			:: else
			fi
		}
	:: items == taken && taken < ALL ->
		prepare();
		if
		:: items > taken && FAULT != 6
		:: else ->
			atomic {
				if
				:: word == key || FAULT == 7 -> is_asleep = true
				:: else
				fi
			};
end_asleep:		!is_asleep
		fi;
		key = 0
	od
}

proctype Signaller(byte id) {
	byte i;
	byte s;
	do
	:: i < ITEMS ->
		atomic { buffered[id]++; i++ };
		if
		:: FAULT == 5 -> s = word & WAITERS
		:: else -> s = word & (WAITERS | ALERT)
		fi;
		if
		:: s == 0
		:: else ->
			if
			:: FAULT == 4 || FAULT == 5
			:: else -> atomic { items = items + buffered[id]; buffered[id] = 0 }
			fi;
			do
			:: s = word;
			   if
			   :: !(s & WAITERS) -> break
			   :: atomic { (s & WAITERS) && word == s ->
				word = (s + EPOCH) & ~WAITERS };
			      is_asleep = false;
			      break
			   :: (s & WAITERS) && word != s
			   fi
			od
		fi;
		s = 0
	:: else -> break
	od
}

/* Processors write their stores to memory sooner or later. */
proctype Memory() {
	byte n;
end:	do
	:: atomic { buffered[0] > 0 -> items++; buffered[0]-- }
#if SIGNALLERS > 1
	:: atomic { buffered[1] > 0 -> items++; buffered[1]-- }
#endif
#if SIGNALLERS > 2
	:: atomic { buffered[2] > 0 -> items++; buffered[2]-- }
#endif
	od
}

proctype Judge() {
	timeout;
nobody_oversleeps:
	assert(!is_asleep || items == taken);
	assert(taken == ALL)
}

init {
	byte n;
	atomic {
		run Waiter();
		do
		:: n < SIGNALLERS -> run Signaller(n); n++
		:: else -> break
		od;
		run Memory();
		run Judge();
		n = 0
	}
}
