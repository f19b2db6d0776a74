// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every link of every page refers to an existing file. */
class DocsTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern LINK =
      Pattern.compile("\\]\\((?!https?:|#)([^)#\\s]+)(?:#[^)]*)?\\)");

  @Test
  void links_leadToFilesThatExist() throws IOException {
    var brokenLinks = new ArrayList<String>();
    int ofReadme = 0;
    for (Path page : pages()) {
      Matcher matcher = LINK.matcher(Files.readString(page));
      while (matcher.find()) {
        ofReadme += page.equals(ROOT.resolve("README.md")) ? 1 : 0;
        if (!Files.exists(page.resolveSibling(matcher.group(1)))) {
          brokenLinks.add(ROOT.relativize(page) + ": " + matcher.group(1));
        }
      }
    }
    assertThat(brokenLinks).isEmpty();
    assertThat(ofReadme).as("links of the README").isGreaterThan(10);
  }

  private static List<Path> pages() throws IOException {
    var pages = new ArrayList<Path>();
    for (String folder : List.of(".", "docs", "docs/adr", "benchmarks", "benchmarks/results")) {
      try (Stream<Path> files = Files.list(ROOT.resolve(folder).normalize())) {
        files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
      }
    }
    return pages;
  }
}
