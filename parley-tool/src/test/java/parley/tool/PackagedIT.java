package parley.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// The packaged command, as the launcher starts it: modules only, native access for `parley` alone.
class PackagedIT {
    @Test
    void thePackagedCommandRunsAsModules() throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var process =
                new ProcessBuilder(
                                java,
                                "-p",
                                System.getProperty("parley.module.path"),
                                "--enable-native-access=parley",
                                "--illegal-native-access=deny",
                                "-m",
                                "parley.tool/parley.tool.Main",
                                "demo",
                                "--json",
                                "--only",
                                "mq")
                        .redirectErrorStream(true)
                        .start();
        process.getOutputStream().close();
        var printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(printed.startsWith("{\"schema\":\"parley/1\",\"mechanism\":\"mq\""), printed);
        assertTrue(printed.endsWith("\"status\":\"ok\"}\n"), printed);
        assertEquals(0, process.waitFor());
    }
}
