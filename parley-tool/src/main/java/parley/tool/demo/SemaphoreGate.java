package parley.tool.demo;

/// A gate of two semaphores: one counts the free slot, the other the filled one.
record SemaphoreGate(Step takeFree, Step postFilled, Step takeFilled, Step postFree)
        implements SlotLink.Gate {
    /// An operation on a semaphore.
    @FunctionalInterface
    interface Step {
        void run() throws Exception;
    }

    @Override
    public void awaitFree() throws Exception {
        takeFree.run();
    }

    @Override
    public void giveFilled() throws Exception {
        postFilled.run();
    }

    @Override
    public void awaitFilled() throws Exception {
        takeFilled.run();
    }

    @Override
    public void giveFree() throws Exception {
        postFree.run();
    }
}
