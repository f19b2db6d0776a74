// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatewaykit.waf.RuleHit;
import io.gatewaykit.waf.WafResult;
import java.io.PrintStream;
import java.util.Locale;

/** Prints the results, as text or as one JSON object per line. */
final class ReplayReport {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final int SHOWN_CHARS = 160;

  private final PrintStream out;
  private final boolean json;

  ReplayReport(PrintStream out, boolean json) {
    this.out = out;
    this.json = json;
  }

  /** Prints the counts of each class and the total. */
  void summary(ReplayStatistics statistics) {
    if (!json) {
      out.printf("%-24s %9s %9s %8s %9s %8s%n", "class", "requests", "blocked", "", "detected", "");
    }
    statistics.classes().forEach((name, counts) -> row(name, counts, -1));
    row("*", statistics.total(), statistics.cpuMicrosPerRequest());
  }

  private void row(String name, Counts counts, double cpuMicros) {
    if (json) {
      ObjectNode node =
          MAPPER
              .createObjectNode()
              .put("class", name)
              .put("requests", counts.requests())
              .put("blocked", counts.blocked())
              .put("detected", counts.detected());
      if (cpuMicros >= 0) {
        node.put("cpu_us_per_request", Math.round(cpuMicros * 10) / 10.0);
      }
      out.println(node);
      return;
    }
    out.printf(
        Locale.ROOT,
        "%-24s %9d %9d %7.2f%% %9d %7.2f%%%s%n",
        escaped(name),
        counts.requests(),
        counts.blocked(),
        percent(counts.blocked(), counts.requests()),
        counts.detected(),
        percent(counts.detected(), counts.requests()),
        cpuMicros < 0 ? "" : String.format(Locale.ROOT, "  %.1f us CPU/request", cpuMicros));
  }

  private static double percent(long part, long all) {
    return all == 0 ? 0 : 100.0 * part / all;
  }

  /** Prints the number of matches of each rule, and of those in which no other rule matched. */
  void rules(ReplayStatistics statistics) {
    if (!json) {
      out.printf("%n%-28s %9s %9s %9s %9s%n", "rule", "attacks", "alone", "others", "alone");
    }
    statistics
        .rules()
        .forEach((rule, c) -> {
          if (json) {
            out.println(
                MAPPER
                    .createObjectNode()
                    .put("rule", rule)
                    .put("attacks", c.attacks())
                    .put("attacks_alone", c.attacksAlone())
                    .put("others", c.others())
                    .put("others_alone", c.othersAlone()));
          } else {
            out.printf(
                "%-28s %9d %9d %9d %9d%n",
                rule, c.attacks(), c.attacksAlone(), c.others(), c.othersAlone());
          }
        });
  }

  /** Prints one line about a misclassified request. */
  void miss(RecordedRequest request, ReplayResult replayed) {
    String decision = replayed.word();
    WafResult result = replayed.result();
    if (json) {
      ObjectNode node = MAPPER.createObjectNode();
      node.putObject("miss")
          .put("id", request.id())
          .put("class", request.category())
          .put("verdict", decision)
          .put("score", result.score());
      out.println(node);
      return;
    }
    StringBuilder why = new StringBuilder();
    for (RuleHit hit : result.hits()) {
      why.append(' ').append(hit.rule());
    }
    out.printf(
        "%s %s %s score=%d%s | %s %s%n",
        decision,
        escaped(request.id()),
        escaped(request.category()),
        result.score(),
        why,
        escaped(request.method()),
        escaped(request.rawTarget()));
  }

  /** Prints why a request would be blocked or not, and the exclusion for each hit. */
  void explanation(RecordedRequest request, ReplayResult replayed) {
    WafResult result = replayed.result();
    out.printf(
        "%s (%s): %s, score %d%n  %s %s%n",
        escaped(request.id()),
        escaped(request.category()),
        replayed.word(),
        result.score(),
        escaped(request.method()),
        escaped(request.rawTarget()));
    if (result.exhausted()) {
      out.println("  the work bound ended the inspection early");
    }
    for (RuleHit hit : result.hits()) {
      out.printf(
          "  %s (%s, score %d%s) in %s %s%n    found    %s%n    decoded  %s%n    exclude  %s%n",
          hit.rule(),
          hit.family(),
          hit.score(),
          hit.counted() ? ", counted only" : "",
          hit.target(),
          escaped(hit.name()),
          hit.excerpt(),
          hit.transformations(),
          hit.suggestion().toJava());
    }
  }

  /** Returns the text with all but printable ASCII escaped, truncated for a terminal. */
  private static String escaped(String text) {
    StringBuilder safe = new StringBuilder();
    for (int i = 0; i < text.length() && safe.length() < SHOWN_CHARS; i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~') {
        safe.append(String.format("\\u%04x", (int) c));
      } else {
        safe.append(c);
      }
    }
    return safe.toString();
  }
}
