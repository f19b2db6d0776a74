// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.docs;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Comments of main sources and pages of all modules use the terms of the field. */
class ProseTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Set<String> SKIPPED = Set.of("target", "test", "node_modules");

  private record Phrase(Pattern pattern, String suggestion) {}

  private final List<Phrase> phrases = phrases();

  /** One pattern for all phrases, since there are megabytes of text. */
  private final Pattern anyPhrase =
      Pattern.compile(
          phrases.stream()
              .map(phrase -> phrase.pattern.pattern())
              .collect(Collectors.joining("|", "(?<![\\w/-])(?:", ")(?![\\w/-])")),
          Pattern.CASE_INSENSITIVE);

  @Test
  void commentsAndPages_useTheTermsOfTheField() throws IOException {
    List<Path> files = files();
    var findings = new ArrayList<String>();
    for (Path file : files) {
      findings.addAll(findings(ROOT.relativize(file).toString(), Files.readString(file)));
    }
    assertThat(findings).isEmpty();
    assertThat(files).as("files").hasSizeGreaterThan(500);
  }

  @Test
  void phraseInComment_isReportedWithLineAndSuggestion() {
    String source =
        """
        class Lines {
          /**
           * Returns the lines, so
           * many of them as given.
           */
          String text = "nobody"; // tells the {@code besides} listener
        }
        """;
    assertThat(findings("Lines.java", source))
        .containsExactlyInAnyOrder(
            "Lines.java:3: \"so many\" (use: N, this many, the given amount)",
            "Lines.java:6: \"tells\" (use: return, report, notify, distinguish)");
  }

  @Test
  void phraseInPage_isReportedOutsideCodeAndQuotations() {
    String page =
        """
        # Page
        Whoever reads `who` and "who", and
        ```
        // who
        ```
        at once.
        """;
    assertThat(findings("page.md", page))
        .extracting(finding -> finding.substring(0, finding.indexOf(" (use")))
        .containsExactlyInAnyOrder("page.md:2: \"Whoever\"", "page.md:6: \"at once\"");
  }

  @Test
  void wordsOfDifferentSentencesOrAroundCode_areNoPhrase() {
    String source =
        """
        /** Sets the limit at {@code once} once. It is so. Many callers need it not. */
        """;
    assertThat(findings("Limit.java", source)).isEmpty();
  }

  private List<String> findings(String file, String content) {
    String prose = file.endsWith(".java") ? ProseText.ofJava(content) : ProseText.ofPage(content);
    var findings = new ArrayList<String>();
    Matcher any = anyPhrase.matcher(prose);
    while (any.find()) {
      long line = 1 + prose.substring(0, any.start()).chars().filter(c -> c == '\n').count();
      String found = any.group().replaceAll("\\s+", " ");
      findings.add(file + ":" + line + ": \"" + found + "\" (use: " + suggestion(found) + ")");
    }
    return findings;
  }

  private String suggestion(String found) {
    return phrases.stream()
        .filter(phrase -> phrase.pattern.matcher(found).matches())
        .findFirst()
        .map(Phrase::suggestion)
        .orElse("");
  }

  private static List<Phrase> phrases() {
    try (InputStream in =
        requireNonNull(ProseTest.class.getResourceAsStream("phrases.tsv"), "phrases.tsv")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split("\t", 2))
          .map(fields ->
              new Phrase(
                  Pattern.compile(fields[0].replace(" ", "\\s+"), Pattern.CASE_INSENSITIVE),
                  fields[1]))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns all main sources and Markdown pages. */
  private static List<Path> files() throws IOException {
    var files = new ArrayList<Path>();
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            String name = folder.getFileName().toString();
            return SKIPPED.contains(name) || name.startsWith(".") && !folder.equals(ROOT)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = file.getFileName().toString();
            if (name.endsWith(".md") || name.endsWith(".java")) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    files.sort(null);
    return files;
  }
}
