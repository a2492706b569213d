package parley.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// The examples about processes run as their readers run them, with the packaged jar.
final class ProcessExamplesIT {
    @Test
    void aParentAndItsChildTalk() throws Exception {
        assertEquals(
                "the child says: HELLO, CHILD\nthe child exited with 0\n", run("ParentAndChild"));
    }

    @Test
    void aPipelineIsRunAsAShellDoes() throws Exception {
        assertEquals(
                """
                n
                n
                n
                yes | head -3 | tr y n: [ended by signal 13, exited with 0, exited with 0]
                """,
                run("ShellPipeline"));
    }

    private static String run(String example) throws Exception {
        var java =
                Spawn.command(
                        System.getProperty("java.home") + "/bin/java",
                        "-p",
                        System.getProperty("parley.module.path"),
                        "--add-modules",
                        "parley",
                        "--enable-native-access=parley",
                        folder().resolve(example + ".java").toString());
        var done = java.run();
        assertEquals("", done.errorsText());
        return done.outputText();
    }

    private static Path folder() {
        for (var folder = Path.of("").toAbsolutePath(); folder != null; ) {
            if (Files.isDirectory(folder.resolve("examples"))) {
                return folder.resolve("examples");
            }
            folder = folder.getParent();
        }
        throw new AssertionError("no examples above " + Path.of("").toAbsolutePath());
    }
}
