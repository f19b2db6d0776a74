// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Names and claims of ARCHITECTURE.md that source code can confirm. */
class ArchitecturePageTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  /** Words with a capital inside that are no classes of the project. */
  private static final Set<String> OTHER_NAMES =
      Set.of("GatewayKit", "AutoCloseable", "WebSocket", "JSpecify");

  private static final Pattern CLASS_NAME = Pattern.compile("\\b(?:[A-Z][a-z0-9]+){2,}\\b");
  private static final Pattern PACKAGE = Pattern.compile("\\[([a-z]+(?:\\.[a-z]+)*)\\](?!\\()");
  private static final Pattern STATIC_POOL =
      Pattern.compile(
          "\\bstatic (?:final )?(?:\\w*ExecutorService|\\w*ThreadPoolExecutor|ForkJoinPool)"
              + " \\w+(?: =|;)");

  @Test
  void page_namesExistingClassesAndPackages() throws IOException {
    String page = Files.readString(ROOT.resolve("ARCHITECTURE.md"));
    List<Path> sources = sources("src/main/java", "src/test/java");
    Set<String> classes =
        sources.stream()
            .map(file -> file.getFileName().toString().replace(".java", ""))
            .collect(Collectors.toSet());
    Set<String> folders =
        sources.stream()
            .map(file -> file.toString().replaceAll("/[^/]*$", "").replace('/', '.'))
            .collect(Collectors.toSet());

    var unknown = new TreeSet<>(missingClasses(page, classes));
    Matcher matcher = PACKAGE.matcher(page);
    while (matcher.find()) {
      String name = matcher.group(1);
      if (folders.stream().noneMatch(folder -> folder.endsWith("." + name))) {
        unknown.add("[" + name + "]");
      }
    }
    assertThat(unknown).isEmpty();
    assertThat(CLASS_NAME.matcher(page).results().count()).isGreaterThan(100);
  }

  @Test
  void missingClass_isReported() {
    assertThat(missingClasses("`SlotTable` and `LostClass`, GatewayKit", Set.of("SlotTable")))
        .containsExactly("LostClass");
  }

  @Test
  void libraries_haveNoStaticPoolsAndNoShutdownHooks() throws IOException {
    var findings = new ArrayList<String>();
    for (Path file : sources("src/main/java")) {
      String name = ROOT.relativize(file).toString();
      if (name.startsWith("gateway-") || name.startsWith("integrations")) {
        String source = Files.readString(file);
        if (source.contains("addShutdownHook") || STATIC_POOL.matcher(source).find()) {
          findings.add(name);
        }
      }
    }
    assertThat(findings).isEmpty();
  }

  private static Set<String> missingClasses(String page, Set<String> classes) {
    return CLASS_NAME
        .matcher(page)
        .results()
        .map(result -> result.group())
        .filter(name -> !classes.contains(name) && !OTHER_NAMES.contains(name))
        .collect(Collectors.toSet());
  }

  private static List<Path> sources(String... folders) throws IOException {
    try (Stream<Path> files =
        Files.find(
            ROOT,
            20,
            (file, attributes) ->
                file.toString().endsWith(".java")
                    && Stream.of(folders).anyMatch(each -> file.toString().contains(each)))) {
      return files.toList();
    }
  }
}
