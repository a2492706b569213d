package parley.tool.signal;

import java.io.IOException;
import java.util.OptionalLong;
import parley.signal.Signal;
import parley.signal.Signals;

/// To whom a signal goes: a process, one of its threads, or a group.
sealed interface Recipient {
    /// Sends it.
    void send(Signal signal, OptionalLong value) throws IOException;

    /// Sends nothing, but fails as sending would.
    void probe() throws IOException;

    /// A process.
    record OfProcess(long pid) implements Recipient {
        @Override
        public void send(Signal signal, OptionalLong value) throws IOException {
            if (value.isPresent()) {
                Signals.send(pid, signal, value.getAsLong());
            } else {
                Signals.send(pid, signal);
            }
        }

        @Override
        public void probe() throws IOException {
            Signals.probe(pid);
        }
    }

    /// One thread of a process.
    record OfThread(long pid, long tid) implements Recipient {
        @Override
        public void send(Signal signal, OptionalLong value) throws IOException {
            if (value.isPresent()) {
                Signals.sendToThread(pid, tid, signal, value.getAsLong());
            } else {
                Signals.sendToThread(pid, tid, signal);
            }
        }

        @Override
        public void probe() throws IOException {
            Signals.probeThread(pid, tid);
        }
    }

    /// All processes of a group, without a value: the kernel has no call for that.
    record OfGroup(long group) implements Recipient {
        @Override
        public void send(Signal signal, OptionalLong value) throws IOException {
            Signals.sendToGroup(group, signal);
        }

        @Override
        public void probe() throws IOException {
            Signals.probeGroup(group);
        }
    }
}
