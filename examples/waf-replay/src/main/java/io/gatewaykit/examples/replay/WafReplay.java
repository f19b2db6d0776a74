// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafGuard;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.wafrules.PolicyException;
import io.gatewaykit.wafrules.WafPolicy;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Shows the effect of a firewall policy on recorded requests before it is applied to live ones.
 * Each request is passed through a {@link WafGuard} with the same limits as a live one.
 */
@Command(
    name = "waf-replay",
    mixinStandardHelpOptions = true,
    version = "waf-replay of GatewayKit",
    sortOptions = false,
    description =
        "Replays recorded requests through the firewall and counts the blocked ones per class.",
    footer = {
      "",
      "FILE is JSON lines (method, uri, headers, body or body_b64, id, class), a HAR file of a",
      "browser, or an access log of nginx or Apache in the combined format; gzip is supported.",
      "For a policy in mode detect, the decisions of mode block are counted.",
      "Invalid lines are reported by number and skipped; the exit code is then 1.",
    })
public final class WafReplay implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "the files to replay")
  private List<Path> files = new ArrayList<>();

  @Option(names = "--json", description = "one JSON object per class, then one for all (\"*\")")
  private boolean json;

  @Option(
      names = "--explain",
      paramLabel = "ID",
      description =
          "explain why this request is blocked or not; access logs: FILE:LINE, HAR: FILE#N")
  private @Nullable String explain;

  @Option(
      names = "--misses",
      description =
          "list misclassified requests: those with an id a-… that pass, and others that are blocked")
  private boolean misses;

  @Option(names = "--by-rule", description = "also count the hits of each rule")
  private boolean byRule;

  @Option(
      names = "--rules",
      split = ",",
      arity = "1..*",
      paramLabel = "FAMILY",
      description = "apply only these families: ${COMPLETION-CANDIDATES}")
  private List<RuleFamily> families = List.of();

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description = "the policy, a YAML file; the following options override it")
  private @Nullable Path policy;

  @Option(
      names = "--paranoia",
      paramLabel = "N",
      description = "the paranoia level, 1 to 3 (default: the policy's, or 1)")
  private @Nullable Integer paranoia;

  @Option(
      names = "--threshold",
      paramLabel = "POINTS",
      description = "the score that blocks (default: the policy's, or 5)")
  private @Nullable Integer threshold;

  @Option(
      names = "--repeat",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "replay N times and report the last pass, to measure after warm-up (default: 1)")
  private int repeat;

  private final PrintStream out;
  private final PrintStream err;

  private WafReplay(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /** Runs the command. The exit code is 0, 1 (bad lines or an unreadable file) or 2 (usage). */
  public static void main(String[] arguments) {
    int code = run(System.out, System.err, arguments);
    System.out.flush();
    if (code != 0) {
      System.exit(code);
    }
  }

  static int run(PrintStream out, PrintStream err, String... arguments) {
    return new CommandLine(new WafReplay(out, err))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setOut(new PrintWriter(out, true, UTF_8))
        .setErr(new PrintWriter(err, true, UTF_8))
        .execute(arguments);
  }

  @Override
  public Integer call() {
    if (repeat < 1) {
      throw new ParameterException(spec.commandLine(), "--repeat: " + repeat + " (expected: >= 1)");
    }
    WafGuard guard = guard();
    for (int warmUp = 1; warmUp < repeat; warmUp++) {
      var silent = new PrintStream(OutputStream.nullOutputStream());
      replayAll(new Replay(guard, (request, result) -> {}, silent), silent);
    }
    ReplayReport report = new ReplayReport(out, json);
    Observer observer = new Observer(report);
    Replay replay = new Replay(guard, observer, err);
    boolean readable = replayAll(replay, err);
    replay.finish();
    if (explain != null) {
      if (!observer.explained) {
        err.printf("--explain: %s is in none of the files%n", explain);
        return 1;
      }
    } else {
      report.summary(replay.statistics());
      if (byRule) {
        report.rules(replay.statistics());
      }
    }
    return readable && replay.badLines() == 0 ? 0 : 1;
  }

  /** Returns false if a file could not be read completely. */
  private boolean replayAll(Replay replay, PrintStream err) {
    boolean readable = true;
    try (var progress = new ProgressBar(err, ProgressBar.onTerminal(), size())) {
      for (Path file : files) {
        replay.enter(file.toString());
        try {
          RecordedFile.read(file, replay, progress);
        } catch (NoSuchFileException e) {
          err.printf("%s: no such file%n", file);
          readable = false;
        } catch (IOException e) {
          err.printf("%s: %s%n", file, e.getMessage());
          readable = false;
        }
      }
    }
    return readable;
  }

  private long size() {
    long size = 0;
    for (Path file : files) {
      try {
        size += Files.size(file);
      } catch (IOException e) {
        // reported when the file is opened
      }
    }
    return size;
  }

  /** Prints information about individual requests as they are evaluated. */
  private final class Observer implements BiConsumer<RecordedRequest, ReplayResult> {
    private final ReplayReport report;
    private boolean explained;

    private Observer(ReplayReport report) {
      this.report = report;
    }

    @Override
    public void accept(RecordedRequest request, ReplayResult result) {
      if (request.id().equals(explain)) {
        report.explanation(request, result);
        explained = true;
      }
      if (misses && request.attack() != result.blocked()) {
        report.miss(request, result);
      }
    }
  }

  private WafGuard guard() {
    WafPolicy read = policy();
    Waf.Builder builder = read == null ? Waf.builder() : read.waf();
    try {
      if (threshold != null) {
        builder.threshold(threshold);
      }
      if (paranoia != null) {
        builder.paranoia(paranoia);
      }
      if (!families.isEmpty()) {
        builder.families(families.toArray(new RuleFamily[0]));
      }
    } catch (IllegalArgumentException | IllegalStateException e) { // or the policy sets it too
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
    }
    try {
      Waf waf = builder.build();
      return (read == null ? WafGuard.builder(waf) : read.guard(waf)).build();
    } catch (IllegalArgumentException e) { // options that contradict the policy
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private @Nullable WafPolicy policy() {
    if (policy == null) {
      return null;
    }
    try {
      return WafPolicy.read(policy);
    } catch (PolicyException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }
}
