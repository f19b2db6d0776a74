// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Every Java file of the repository starts with the licence header, and has at most 400 lines.
 * Spotless inserts it, except in the files that describe a package or a module, and in those that
 * no module of the build contains.
 */
class SourceFilesTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final int MAX_LINES = 400;
  private static final String HEADER =
      """
      // Copyright the GatewayKit authors
      // SPDX-License-Identifier: Apache-2.0
      """;

  @Test
  void everyJavaFile_startsWithTheHeader() throws IOException {
    var without = new ArrayList<Path>();
    List<Path> files = files();
    for (Path file : files) {
      if (!Files.readString(file).startsWith(HEADER)) {
        without.add(ROOT.relativize(file));
      }
    }
    assertThat(without).as("files without the licence header").isEmpty();
    assertThat(files).hasSizeGreaterThan(500);
  }

  @Test
  void everyJavaFile_hasFewLines() throws IOException {
    var longer = new ArrayList<String>();
    for (Path file : files()) {
      long lines = Files.readString(file).lines().count();
      if (lines > MAX_LINES) {
        longer.add(ROOT.relativize(file) + ": " + lines);
      }
    }
    assertThat(longer).as("files with more than " + MAX_LINES + " lines").isEmpty();
  }

  private static List<Path> files() throws IOException {
    var files = new ArrayList<Path>();
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            String name = folder.getFileName().toString();
            boolean skipped =
                name.equals("target")
                    || name.equals("node_modules")
                    || name.startsWith(".") && !folder.equals(ROOT);
            return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.getFileName().toString().endsWith(".java")) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }
}
