// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.torture;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A case of the suite.
 *
 * @param group the file that contains it
 * @param name a description
 * @param expectations words such as {@code reject}, {@code pass}, {@code no:TEXT}; all must hold
 * @param request the bytes that the client sends
 * @param response the server's response to {@code /first}; empty for an echo
 */
record TortureCase(
    String group, String name, List<String> expectations, String request, String response) {
  /** The groups, with the minimum number of cases in the sample of each. */
  static final Map<String, Integer> GROUPS =
      Map.ofEntries(
          Map.entry("framing", 47),
          Map.entry("codings", 85),
          Map.entry("chunks", 39),
          Map.entry("trailers", 15),
          Map.entry("lines", 37),
          Map.entry("request-line", 36),
          Map.entry("targets", 62),
          Map.entry("methods", 13),
          Map.entry("forwarded", 45),
          Map.entry("responses", 87),
          Map.entry("upgrades", 15));

  private static final int MAX_SAMPLED_BYTES = 20;

  private static final String BYTE = "\\B";
  private static final Pattern TABLE = Pattern.compile("\\* ([0-9a-f,-]+) (.*)");
  private static final Pattern REPEAT = Pattern.compile("\\{(\\d+)\\*([^}]*)\\}");

  /**
   * Reads the cases of a group: lines of {@code name | expectations | request | response}. A line
   * that starts with {@code =} sets the frame of later requests, in which {@code $} is replaced. A
   * line that starts with {@code *} and bytes, as in {@code * 01-1f,7f name}, is a table: one case
   * per byte, which replaces {@code \\B}.
   */
  static List<TortureCase> of(String group) throws IOException {
    return of(group, Integer.MAX_VALUE);
  }

  /** Returns the cases of a group, with at most 20 evenly distributed bytes of each table. */
  static List<TortureCase> sample(String group) throws IOException {
    return of(group, MAX_SAMPLED_BYTES);
  }

  private static List<TortureCase> of(String group, int maxBytes) throws IOException {
    var cases = new ArrayList<TortureCase>();
    String frame = "$";
    for (String line : lines(group)) {
      if (line.startsWith("=")) {
        frame = line.substring(1).strip();
      } else if (!line.isBlank() && !line.startsWith("#")) {
        Matcher table = TABLE.matcher(line);
        if (table.matches()) {
          for (String hex : hexBytes(table.group(1), maxBytes)) {
            String each = table.group(2).replaceFirst(" \\|", " " + hex + " |");
            cases.add(of(group, frame, each.replace(BYTE, "\\x" + hex)));
          }
        } else {
          cases.add(of(group, frame, line));
        }
      }
    }
    return cases;
  }

  private static TortureCase of(String group, String frame, String line) {
    String[] parts = line.split(" \\| ", -1);
    String request = frame.replace("$", parts.length > 2 ? parts[2].strip() : "");
    return new TortureCase(
        group,
        parts[0].strip(),
        List.of(parts[1].strip().split(" +", -1)),
        bytes(request),
        parts.length > 3 ? bytes(parts[3].strip()) : "");
  }

  /** Returns the bytes of a list such as {@code 01-1f,7f}, in hexadecimal. */
  private static List<String> hexBytes(String list, int max) {
    var all = new ArrayList<String>();
    for (String range : list.split(",", -1)) {
      String[] ends = range.split("-", -1);
      int last = Integer.parseInt(ends[ends.length - 1], 16);
      for (int b = Integer.parseInt(ends[0], 16); b <= last; b++) {
        all.add(String.format(Locale.ROOT, "%02x", b));
      }
    }
    if (all.size() > max) {
      List<String> every = List.copyOf(all);
      all.clear();
      for (int i = 0; i < max; i++) {
        all.add(every.get(i * every.size() / max));
      }
    }
    return all;
  }

  private static List<String> lines(String group) throws IOException {
    try (InputStream in = TortureCase.class.getResourceAsStream(group + ".txt")) {
      if (in == null) {
        throw new IOException("no cases for " + group);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  /** Returns the text with its escapes resolved, one byte per char. */
  private static String bytes(String text) {
    Matcher repeats = REPEAT.matcher(text);
    String full =
        repeats.replaceAll(
            r -> Matcher.quoteReplacement(r.group(2).repeat(Integer.parseInt(r.group(1)))));
    var out = new StringBuilder();
    for (int i = 0; i < full.length(); i++) {
      char c = full.charAt(i);
      if (c != '\\' || i + 1 == full.length()) {
        out.append(c);
        continue;
      }
      char escape = full.charAt(++i);
      switch (escape) {
        case 'r' -> out.append('\r');
        case 'n' -> out.append('\n');
        case 't' -> out.append('\t');
        case 's' -> out.append(' ');
        case 'p' -> out.append('|');
        case 'x' -> {
          out.append((char) Integer.parseInt(full.substring(i + 1, i + 3), 16));
          i += 2;
        }
        default -> out.append(escape);
      }
    }
    return out.toString();
  }

  @Override
  public String toString() {
    return group + ": " + name;
  }
}
