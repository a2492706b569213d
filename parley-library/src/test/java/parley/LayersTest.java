package parley;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import parley.os.Errno;

/// Packages use only what is below them: the arrows of the architecture, read from class files.
class LayersTest {
    /// From the top down; a package may use those that come after it.
    private static final List<String> ORDER =
            List.of(
                    "census", "address", "channel", "shm", "posix", "sysv", "socket", "process",
                    "pipe", "signal", "memory", "ready", "os", "kernel");

    private static final Pattern IN_DESCRIPTOR = Pattern.compile("Lparley/(\\w+)/");
    private static final Pattern IN_CLASS_NAME = Pattern.compile("^\\[*L?parley/(\\w+)/");

    @Test
    void packagesUseOnlyWhatIsBelowThem() throws Exception {
        var violations = new TreeSet<String>();
        for (var model : compiledClasses()) {
            violations.addAll(violations(model));
        }
        assertEquals(Set.of(), violations);
    }

    @Test
    void everyPackageHasItsPlaceInTheOrder() throws Exception {
        var packages = new TreeSet<String>();
        for (var model : compiledClasses()) {
            packages.add(packageOf(model));
        }
        assertTrue(packages.contains("kernel") && packages.contains("os"), "" + packages);
        packages.removeAll(ORDER);
        assertEquals(Set.of(), packages, "packages without a place in the order");
    }

    @Test
    void theArchitecturePageHasTheSameOrder() throws Exception {
        var page = Files.readString(Docs.root().resolve("docs/architecture.md"));
        assertTrue(page.contains("\n" + String.join(" ", ORDER) + "\n"), page);
    }

    @Test
    void anArrowUpIsFound() {
        var lower = ClassDesc.of("parley.os.Planted");
        var upper = ClassDesc.of("parley.pipe.Pipe");
        assertEquals(
                Set.of("parley/os/Planted uses parley.pipe, which is above it"),
                violations(classWithCall(lower, upper)));
        assertEquals(
                Set.of("parley/os/Planted uses parley.pipe, which is above it"),
                violations(classWithField(lower, upper.arrayType())));
    }

    @Test
    void anArrowDownIsNotReported() {
        var lower = ClassDesc.of("parley.os.Fd");
        var upper = ClassDesc.of("parley.pipe.Planted");
        assertEquals(Set.of(), violations(classWithCall(upper, lower)));
        assertEquals(Set.of(), violations(classWithField(upper, lower)));
    }

    private static ClassModel classWithCall(ClassDesc from, ClassDesc to) {
        var bytes =
                ClassFile.of()
                        .build(
                                from,
                                type ->
                                        type.withMethodBody(
                                                "call",
                                                ConstantDescs.MTD_void,
                                                ClassFile.ACC_STATIC,
                                                code ->
                                                        code.invokestatic(
                                                                        to,
                                                                        "called",
                                                                        ConstantDescs.MTD_void)
                                                                .return_()));
        return ClassFile.of().parse(bytes);
    }

    /// A type that stands only in a method's descriptor.
    private static ClassModel classWithField(ClassDesc from, ClassDesc to) {
        var takesIt = MethodTypeDesc.of(ConstantDescs.CD_void, to);
        var bytes =
                ClassFile.of()
                        .build(
                                from,
                                type ->
                                        type.withMethod(
                                                "take", takesIt, ClassFile.ACC_ABSTRACT, _ -> {}));
        return ClassFile.of().parse(bytes);
    }

    private static Set<String> violations(ClassModel model) {
        int own = ORDER.indexOf(packageOf(model));
        var found = new TreeSet<String>();
        for (var used : usedPackages(model)) {
            int other = ORDER.indexOf(used);
            if (other >= 0 && other < own) {
                found.add(name(model) + " uses parley." + used + ", which is above it");
            }
        }
        return found;
    }

    /// Every type that a class uses stands in its constant pool: as a class, or in a descriptor.
    private static Set<String> usedPackages(ClassModel model) {
        var used = new TreeSet<String>();
        for (var entry : model.constantPool()) {
            var pattern =
                    switch (entry) {
                        case ClassEntry _ -> IN_CLASS_NAME;
                        case Utf8Entry _ -> IN_DESCRIPTOR;
                        default -> null;
                    };
            if (pattern == null) {
                continue;
            }
            var text =
                    entry instanceof ClassEntry type
                            ? type.asInternalName()
                            : ((Utf8Entry) entry).stringValue();
            pattern.matcher(text).results().forEach(result -> used.add(result.group(1)));
        }
        return used;
    }

    private static String name(ClassModel model) {
        return model.thisClass().asInternalName();
    }

    /// The part after `parley`; empty for the root package.
    private static String packageOf(ClassModel model) {
        var parts = name(model).split("/", -1);
        return parts.length > 2 ? parts[1] : "";
    }

    private static List<ClassModel> compiledClasses() throws Exception {
        var root = Path.of(Errno.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> files = Files.walk(root.resolve("parley"))) {
            var models = new ArrayList<ClassModel>();
            for (var file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
                models.add(parse(file));
            }
            assertTrue(models.size() > 20, "only " + models.size() + " classes in " + root);
            return models;
        }
    }

    private static ClassModel parse(Path file) throws IOException {
        return ClassFile.of().parse(Files.readAllBytes(file));
    }
}
