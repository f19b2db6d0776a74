package io.gatewaykit.examples.replay;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafResult;
import io.gatewaykit.waf.rule.RuleFamily;
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

/** Shows what the firewall would do to recorded requests, before it does it to live ones. */
@Command(
    name = "waf-replay",
    mixinStandardHelpOptions = true,
    version = "waf-replay of GatewayKit",
    sortOptions = false,
    description =
        "Replays recorded requests through the firewall and counts, per class, what it would block.",
    footer = {
      "",
      "FILE is JSON lines (method, uri, headers, body or body_b64, id, class), a HAR file of a",
      "browser, or an access log of nginx or Apache in the combined format; gzip is undone.",
      "Bad lines are reported by number and skipped; the exit code is then 1.",
    })
public final class WafReplay implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "what to replay")
  private List<Path> files = new ArrayList<>();

  @Option(names = "--json", description = "one JSON object per class, then one for all (\"*\")")
  private boolean json;

  @Option(
      names = "--explain",
      paramLabel = "ID",
      description = "say why this request is blocked or not; access logs: FILE:LINE, HAR: FILE#N")
  private @Nullable String explain;

  @Option(
      names = "--misses",
      description =
          "list the requests judged wrongly: those with an id a-… that pass, others that do not")
  private boolean misses;

  @Option(names = "--by-rule", description = "also count the hits of each rule")
  private boolean byRule;

  @Option(
      names = "--rules",
      split = ",",
      arity = "1..*",
      paramLabel = "FAMILY",
      description = "only these families: ${COMPLETION-CANDIDATES}")
  private List<RuleFamily> families = List.of();

  @Option(
      names = "--paranoia",
      paramLabel = "N",
      defaultValue = "1",
      description = "the paranoia level, 1 to 3 (default: ${DEFAULT-VALUE})")
  private int paranoia;

  @Option(
      names = "--threshold",
      paramLabel = "POINTS",
      defaultValue = "5",
      description = "the score that blocks (default: ${DEFAULT-VALUE})")
  private int threshold;

  @Option(
      names = "--repeat",
      paramLabel = "N",
      defaultValue = "1",
      description = "replay N times and report the last, to measure warm (default: 1)")
  private int repeat;

  private final PrintStream out;
  private final PrintStream err;

  private WafReplay(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /** Runs the command and exits with 0, 1 (bad lines or an unreadable file) or 2 (usage). */
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
    Waf waf = waf();
    for (int warmUp = 1; warmUp < repeat; warmUp++) {
      var silent = new PrintStream(OutputStream.nullOutputStream());
      replayAll(new Replay(waf, (request, result) -> {}, silent), silent);
    }
    Report report = new Report(out, json);
    Observer observer = new Observer(report);
    Replay replay = new Replay(waf, observer, err);
    boolean readable = replayAll(replay, err);
    replay.finish();
    if (explain != null) {
      if (!observer.explained) {
        err.printf("--explain: %s is in none of the files%n", explain);
        return 1;
      }
    } else {
      report.summary(replay.tally());
      if (byRule) {
        report.rules(replay.tally());
      }
    }
    return readable && replay.badLines() == 0 ? 0 : 1;
  }

  /** Returns false if a file could not be read to its end. */
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
        // said when the file is opened
      }
    }
    return size;
  }

  /** Writes about single requests while they pass. */
  private final class Observer implements BiConsumer<RecordedRequest, WafResult> {
    private final Report report;
    private boolean explained;

    private Observer(Report report) {
      this.report = report;
    }

    @Override
    public void accept(RecordedRequest request, WafResult result) {
      if (request.id().equals(explain)) {
        report.explanation(request, result);
        explained = true;
      }
      if (misses && request.attack() != result.blocked()) {
        report.miss(request, result);
      }
    }
  }

  private Waf waf() {
    Waf.Builder builder = Waf.builder();
    try {
      builder.threshold(threshold).paranoia(paranoia);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
    }
    if (!families.isEmpty()) {
      builder.families(families.toArray(new RuleFamily[0]));
    }
    return builder.build();
  }
}
