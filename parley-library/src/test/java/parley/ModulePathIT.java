package parley;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The packaged jar as a user has it: on the module path, with one flag, and nothing printed.
class ModulePathIT {
    @TempDir Path folder;

    @Test
    void aProgramOfTheUserRunsOnThePackagedJar() throws Exception {
        var program = folder.resolve("User.java");
        Files.writeString(
                program,
                """
                import module parley;

                void main() {
                    IO.println(Credentials.own().pid() == ProcessHandle.current().pid());
                }
                """);
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var process =
                new ProcessBuilder(
                                java,
                                "-p",
                                System.getProperty("parley.module.path"),
                                "--add-modules=parley",
                                "--enable-native-access=parley",
                                "--illegal-native-access=deny",
                                program.toString())
                        .redirectErrorStream(true)
                        .start();
        process.getOutputStream().close();
        var printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals("true\n", printed);
        assertEquals(0, process.waitFor());
    }
}
