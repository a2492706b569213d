package parley.signal;

import java.io.IOException;
import java.lang.foreign.Arena;
import parley.kernel.SignalH;
import parley.kernel.Unistd;
import parley.os.LimitReachedException;
import parley.os.NotFoundException;
import parley.os.NotPermittedException;
import parley.os.OsException;

/// Sends signals to processes, threads and groups of processes. See kill(2), sigqueue(3),
/// tgkill(2), signal(7).
///
/// Nothing here waits, and that a signal was sent does not say that anybody took it: it may be
/// ignored, blocked, or already pending. Numbers of processes are used again: to be sure that it is
/// still the same process take `PidFd`. A number that kill(2) understands as several processes (0,
/// -1, a group's) is refused where one process is meant.
///
/// A real-time signal is kept with its value or refused. The kernel does otherwise in kill(2),
/// which returns 0 and loses a real-time signal when the receiver's queue is full; so those to one
/// process are sent as sigqueue(3) does, and the receiver sees `SI_QUEUE`, with this process as the
/// sender and a value of 0, where kill(2) would have been `SI_USER`. Two losses remain, about which
/// the kernel tells nobody: a real-time signal to a group or to all, whose queue is full; and at
/// that limit, the sender and the value of a standard signal, which itself arrives.
public final class Signals {
    private static final int PROBE = 0; // no signal
    private static final int ALL = -1;
    private static final int OWN_GROUP = 0;

    private Signals() {}

    /// Sends a signal to a process.
    ///
    /// @throws NotFoundException if there is no such process
    /// @throws NotPermittedException if it belongs to another user
    /// @throws LimitReachedException if it is a real-time signal, and no more can be queued
    public static void send(long pid, Signal signal) throws OsException {
        int process = number(pid);
        if (signal.isRealTime()) {
            send(pid, signal, 0);
        } else {
            OsException.check("kill", process(pid), SignalH.kill(process, signal.number()));
        }
    }

    /// Sends a signal with a value to a process. A standard signal that is pending already is lost
    /// with its value, and this does not tell.
    ///
    /// @param value 64 bits, of which a receiver in C that reads `sival_int` has the lower 32
    /// @throws NotFoundException if there is no such process
    /// @throws NotPermittedException if it belongs to another user
    /// @throws LimitReachedException if it is a real-time signal, and no more can be queued
    public static void send(long pid, Signal signal, long value) throws OsException {
        int process = number(pid);
        int r = SignalH.sigqueue(process, signal.number(), value);
        OsException.check("sigqueue", process(pid), r);
    }

    /// Sends a signal to one thread of a process, for which no other thread can take it.
    ///
    /// @param tid the thread's number, as in `/proc/PID/task`
    /// @throws NotFoundException if there is no such thread in that process
    /// @throws NotPermittedException if it belongs to another user
    /// @throws LimitReachedException if it is a real-time signal, and no more can be queued
    public static void sendToThread(long pid, long tid, Signal signal) throws OsException {
        int r = SignalH.tgkill(number(pid), number(tid), signal.number());
        OsException.check("tgkill", thread(pid, tid), r);
    }

    /// Sends a signal with a value to one thread of a process.
    ///
    /// @param tid the thread's number, as in `/proc/PID/task`
    /// @param value as with [#send(long, Signal, long)]
    /// @throws NotFoundException if there is no such thread in that process
    /// @throws NotPermittedException if it belongs to another user
    /// @throws LimitReachedException if it is a real-time signal, and no more can be queued
    public static void sendToThread(long pid, long tid, Signal signal, long value)
            throws OsException {
        int process = number(pid);
        int thread = number(tid);
        int own = (int) ProcessHandle.current().pid();
        try (var arena = Arena.ofConfined()) {
            var info =
                    SignalH.sent(
                            arena, signal.number(), SignalH.SI_QUEUE, own, Unistd.getuid(), value);
            int r = SignalH.rt_tgsigqueueinfo(process, thread, signal.number(), info);
            OsException.check("rt_tgsigqueueinfo", thread(pid, tid), r);
        }
    }

    /// Sends a signal to all processes of a group that may be signalled.
    ///
    /// @param group its number, which is that of the process that made it
    /// @throws NotFoundException if there is no such group
    /// @throws NotPermittedException if none of them may be signalled
    public static void sendToGroup(long group, Signal signal) throws OsException {
        killGroup(group, signal.number());
    }

    /// Sends a signal to all processes of this process's own group, this one included: those of a
    /// shell's job.
    public static void sendToOwnGroup(Signal signal) throws OsException {
        OsException.check("kill", "own group", SignalH.kill(OWN_GROUP, signal.number()));
    }

    /// Sends a signal to **every process of the host**, or of this PID namespace, that may be
    /// signalled, except process 1 and this one. As root that is the end of all of them.
    ///
    /// @throws NotFoundException if there is no other process
    /// @throws NotPermittedException if none of them may be signalled
    public static void sendToAll(Signal signal) throws OsException {
        OsException.check("kill", "all processes", SignalH.kill(ALL, signal.number()));
    }

    /// Sends nothing, but finds out whether a process is there and may be signalled. One that has
    /// ended, and that its parent has not waited for, is there.
    ///
    /// @throws NotFoundException if it is not there
    /// @throws NotPermittedException if it is, but belongs to another user
    public static void probe(long pid) throws OsException {
        OsException.check("kill", process(pid), SignalH.kill(number(pid), PROBE));
    }

    /// Sends nothing, but finds out whether a process of a group may be signalled.
    ///
    /// @throws NotFoundException if there is no such group
    /// @throws NotPermittedException if none of its processes may be signalled
    public static void probeGroup(long group) throws OsException {
        killGroup(group, PROBE);
    }

    /// Sends nothing, but finds out whether a thread is there and may be signalled.
    ///
    /// @throws NotFoundException if there is no such thread in that process
    /// @throws NotPermittedException if it belongs to another user
    public static void probeThread(long pid, long tid) throws OsException {
        int r = SignalH.tgkill(number(pid), number(tid), PROBE);
        OsException.check("tgkill", thread(pid, tid), r);
    }

    private static void killGroup(long group, int signal) throws OsException {
        int number = number(group);
        if (number == -ALL) {
            throw new IllegalArgumentException(
                    "kill(2) cannot name group 1: its -1 means all processes");
        }
        OsException.check("kill", "process group " + group, SignalH.kill(-number, signal));
    }

    /// Whether this process may send signals to another one, and why; SIGCONT may be sent to some
    /// more: ask for it.
    ///
    /// @throws NotFoundException if there is no such process
    public static SignalPermission maySignal(long pid) throws IOException {
        return SignalPermission.of(number(pid), false);
    }

    /// Whether this process may send a signal to another one, and why.
    ///
    /// @throws NotFoundException if there is no such process
    public static SignalPermission maySignal(long pid, Signal signal) throws IOException {
        return SignalPermission.of(number(pid), signal == Signal.CONT);
    }

    /// As kill(2) wants it; what would mean several processes there is none here.
    static int number(long id) {
        if (id < 1 || id > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "not the number of a process, thread or group: " + id);
        }
        return (int) id;
    }

    private static String process(long pid) {
        return "process " + pid;
    }

    private static String thread(long pid, long tid) {
        return "thread " + tid + " of process " + pid;
    }
}
