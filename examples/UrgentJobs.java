import module parley;

/// A child takes jobs out of a mailbox, the most urgent first, and is killed; another goes on. See
/// docs/mailbox.md.
void main(String[] arguments) throws Exception {
    if (arguments.length > 0) {
        work(arguments[0]);
        return;
    }
    var name = "example-" + ProcessHandle.current().pid();
    try (var mailbox = Mailbox.create(name, new Mailbox.Size(16, 4096))) {
        mailbox.send("sweep the floor".getBytes(), 5, 0);
        mailbox.send("put the fire out".getBytes(), 1, 0);
        mailbox.send("water the plants".getBytes(), 5, 0);
        try (var worker = startAgain(name)) {
            for (int i = 0; i < 3; i++) {
                IO.println(answer(mailbox));
            }
            worker.kill(); // while it waits for the next one
        }
        mailbox.send("go home".getBytes(), URGENCY_MAX, 0);
        try (var _ = startAgain(name)) {
            IO.println(answer(mailbox));
            Mailbox.remove(name); // ends the wait of the worker, too
        }
        try {
            answer(mailbox);
        } catch (RemovedException e) {
            IO.println("the mailbox was removed");
        }
    }
}

/// The types of jobs are 1 to this, the lowest are the most urgent; that of answers is higher.
static final int URGENCY_MAX = 9;

String answer(Mailbox mailbox) throws Exception {
    return new String(mailbox.receive(MailboxSelector.exactly(URGENCY_MAX + 1)).content());
}

void work(String name) throws Exception {
    try (var mailbox = Mailbox.open(name)) {
        while (true) {
            var job = mailbox.receive(MailboxSelector.lowestUpTo(URGENCY_MAX));
            var answer = "%s (%d): done".formatted(new String(job.content()), job.type());
            mailbox.send(answer.getBytes(), URGENCY_MAX + 1, 0);
        }
    } catch (RemovedException _) {
        // No more work.
    }
}

ChildProcess startAgain(String name) throws Exception {
    var java = ProcessHandle.current().info().command().orElseThrow();
    return Spawn.command(java, "@examples/flags", "examples/UrgentJobs.java", name).start();
}
