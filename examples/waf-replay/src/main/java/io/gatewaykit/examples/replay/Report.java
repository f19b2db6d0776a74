package io.gatewaykit.examples.replay;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatewaykit.waf.RuleHit;
import io.gatewaykit.waf.WafResult;
import java.io.PrintStream;
import java.util.Locale;

/** Writes what was found, as text or as one JSON object in each line. */
final class Report {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final int SHOWN_CHARS = 160;

  private final PrintStream out;
  private final boolean json;

  Report(PrintStream out, boolean json) {
    this.out = out;
    this.json = json;
  }

  /** Writes the counts of each class, then of all. */
  void summary(Tally tally) {
    if (!json) {
      out.printf("%-24s %9s %9s %8s %9s %8s%n", "class", "requests", "blocked", "", "detected", "");
    }
    tally.classes().forEach((name, counts) -> row(name, counts, -1));
    row("*", tally.total(), tally.cpuMicrosPerRequest());
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

  /** Writes how often each rule matched, and how often no other did. */
  void rules(Tally tally) {
    if (!json) {
      out.printf("%n%-28s %9s %9s %9s %9s%n", "rule", "attacks", "alone", "others", "alone");
    }
    tally
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

  /** Writes one line about a request that went the wrong way. */
  void miss(RecordedRequest request, WafResult result) {
    String what = request.attack() ? "passed" : "blocked";
    if (json) {
      ObjectNode node = MAPPER.createObjectNode();
      node.putObject("miss")
          .put("id", request.id())
          .put("class", request.category())
          .put("verdict", what)
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
        what,
        escaped(request.id()),
        escaped(request.category()),
        result.score(),
        why,
        escaped(request.request().method()),
        escaped(request.request().rawTarget()));
  }

  /** Writes why a request would be blocked or not, and what would exclude each hit. */
  void explanation(RecordedRequest request, WafResult result) {
    out.printf(
        "%s (%s): %s, score %d%n  %s %s%n",
        escaped(request.id()),
        escaped(request.category()),
        result.blocked() ? "blocked" : "passed",
        result.score(),
        escaped(request.request().method()),
        escaped(request.request().rawTarget()));
    if (result.exhausted()) {
      out.println("  the work bound ended the inspection early");
    }
    for (RuleHit hit : result.hits()) {
      out.printf(
          "  %s (%s, score %d) in %s %s%n    found    %s%n    decoded  %s%n    exclude  %s%n",
          hit.rule(),
          hit.family(),
          hit.score(),
          hit.target(),
          escaped(hit.name()),
          hit.excerpt(),
          hit.transformations(),
          hit.suggestion().toJava());
    }
  }

  /** Returns a text that does nothing to a terminal, and is not too long for one. */
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
