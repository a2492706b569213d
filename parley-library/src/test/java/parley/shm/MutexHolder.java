package parley.shm;

/// A process that takes a lock, says so, and keeps it until it is killed.
final class MutexHolder {
    private MutexHolder() {}

    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws Exception {
        try (var region = SharedRegion.open(arguments[0], 1)) {
            var _ = region.mutex(0).lock();
            System.out.println("holds");
            int _ = System.in.read();
        }
    }
}
