package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<sys/msg.h>`: System V message queues. See msgop(2), msgctl(2).
@Header("sys/msg.h")
public final class SysMsg {
    public static final int MSG_NOERROR = 010000;
    public static final int MSG_EXCEPT = 020000;
    public static final int MSG_COPY = 040000;
    public static final int MSG_INFO = 12;
    public static final int MSG_STAT_ANY = 13;

    /// `struct msqid_ds`.
    public static final StructLayout MSQID_DS =
            structLayout(
                            SysIpc.IPC_PERM,
                            JAVA_LONG.withName("msg_stime"), // seconds since 1970
                            JAVA_LONG.withName("msg_rtime"),
                            JAVA_LONG.withName("msg_ctime"),
                            JAVA_LONG.withName("__msg_cbytes"), // bytes in the queue
                            JAVA_LONG.withName("msg_qnum"), // messages in the queue
                            JAVA_LONG.withName("msg_qbytes"), // bytes at most
                            JAVA_INT.withName("msg_lspid"),
                            JAVA_INT.withName("msg_lrpid"),
                            paddingLayout(16))
                    .withName("msqid_ds");

    public static final long MSG_STIME = MSQID_DS.byteOffset(groupElement("msg_stime"));
    public static final long MSG_RTIME = MSQID_DS.byteOffset(groupElement("msg_rtime"));
    public static final long MSG_CTIME = MSQID_DS.byteOffset(groupElement("msg_ctime"));
    public static final long MSG_CBYTES = MSQID_DS.byteOffset(groupElement("__msg_cbytes"));
    public static final long MSG_QNUM = MSQID_DS.byteOffset(groupElement("msg_qnum"));
    public static final long MSG_QBYTES = MSQID_DS.byteOffset(groupElement("msg_qbytes"));
    public static final long MSG_LSPID = MSQID_DS.byteOffset(groupElement("msg_lspid"));
    public static final long MSG_LRPID = MSQID_DS.byteOffset(groupElement("msg_lrpid"));

    /// `struct msginfo`: with `MSG_INFO`, pool, map and tql are what is in use.
    public static final StructLayout MSGINFO =
            structLayout(
                            JAVA_INT.withName("msgpool"), // queues
                            JAVA_INT.withName("msgmap"), // messages in all queues
                            JAVA_INT.withName("msgmax"),
                            JAVA_INT.withName("msgmnb"),
                            JAVA_INT.withName("msgmni"),
                            JAVA_INT.withName("msgssz"),
                            JAVA_INT.withName("msgtql"), // bytes in all queues
                            JAVA_SHORT.withName("msgseg"),
                            paddingLayout(2))
                    .withName("msginfo");

    public static final long MSGPOOL = MSGINFO.byteOffset(groupElement("msgpool"));
    public static final long MSGMAP = MSGINFO.byteOffset(groupElement("msgmap"));
    public static final long MSGMAX = MSGINFO.byteOffset(groupElement("msgmax"));
    public static final long MSGMNB = MSGINFO.byteOffset(groupElement("msgmnb"));
    public static final long MSGMNI = MSGINFO.byteOffset(groupElement("msgmni"));
    public static final long MSGTQL = MSGINFO.byteOffset(groupElement("msgtql"));

    /// Bytes of the `long` that stands before the text of a message: its type.
    public static final long TYPE_BYTES = JAVA_LONG.byteSize();

    private static final Function MSGGET = Function.of("msgget");
    private static final Function MSGSND = Function.of("msgsnd");
    private static final Function MSGRCV = Function.of("msgrcv");
    private static final Function MSGCTL = Function.of("msgctl");

    private SysMsg() {}

    /// `int msgget(key_t, int flags)`
    public static int msgget(int key, int flags) {
        return MSGGET.call(key, flags);
    }

    /// `int msgsnd(int id, const void *message, size_t text, int flags)`: `message` is the type and
    /// the text.
    public static int msgsnd(int id, MemorySegment message, int flags) {
        return MSGSND.pass(id, message, message.byteSize() - TYPE_BYTES, flags, 0);
    }

    /// The same, where the text is only the first `textBytes` after the type.
    public static int msgsnd(int id, MemorySegment message, long textBytes, int flags) {
        return MSGSND.pass(id, message, textBytes, flags, 0);
    }

    /// `ssize_t msgrcv(int id, void *message, size_t text, long type, int flags)`: `message` has
    /// room for the type and the text; the result is the length of the text.
    public static long msgrcv(int id, MemorySegment message, long type, int flags) {
        return MSGRCV.receive(id, message, message.byteSize() - TYPE_BYTES, type, flags);
    }

    /// The same, where the text may be `textBytes` long; `into` is where it will be copied, so it
    /// is checked now, and kept from being freed during the call.
    public static long msgrcv(
            int id,
            MemorySegment message,
            long textBytes,
            long type,
            int flags,
            MemorySegment into) {
        return MSGRCV.receive(id, message, textBytes, type, flags, into);
    }

    /// `int msgctl(int id, int command, struct msqid_ds *)`: for `MSG_INFO` a `struct msginfo`
    public static int msgctl(int id, int command, MemorySegment status) {
        return MSGCTL.call(id, command, status.address());
    }
}
