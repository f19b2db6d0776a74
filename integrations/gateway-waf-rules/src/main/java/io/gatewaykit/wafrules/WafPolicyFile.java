// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.wafrules;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafGuard;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A policy file, and the thread that reloads it into a {@link WafGuard}. A valid change replaces
 * the guard's firewall at runtime; requests in flight complete with the previous one. An invalid
 * change is reported, and the last valid policy remains active. The settings of the guard itself,
 * {@code failure-mode}, {@code reject-oversize} and {@code reject-unknown-codings}, are read when
 * the file is opened. A later change of them is reported as a problem, and the rest of the file
 * takes effect.
 *
 * <p>The file and its includes are read at each interval and compared. This is inexpensive for
 * small files, and works where file events and timestamps do not: network mounts, swapped symbolic
 * links, two writes within one clock tick. Thread-safe.
 */
public final class WafPolicyFile implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WafPolicyFile.class);

  private final Path path;
  private final Consumer<Waf.Builder> additions;
  private final WafGuard guard;
  private final ScheduledExecutorService watcher;
  private final WafPolicy opened; // the source of the guard's settings
  private WafPolicy policy; // guarded by this, as are the next fields
  private String seen = ""; // the texts last read
  private boolean rejected; // whether these texts have been rejected
  private List<PolicyProblem> problems = List.of();
  private long reloads;

  private WafPolicyFile(Builder builder) throws PolicyException {
    path = builder.path;
    additions = requireNonNullElse(builder.additions, waf -> {});
    opened = WafPolicy.read(path);
    policy = opened;
    guard = policy.guard(waf(policy)).build();
    watcher =
        Executors.newSingleThreadScheduledExecutor(task -> {
          Thread thread = new Thread(task, "waf-policy-watcher");
          thread.setDaemon(true);
          return thread;
        });
  }

  /** Returns a builder for a file. */
  public static Builder builder(Path path) {
    return new Builder(path);
  }

  private Waf waf(WafPolicy of) {
    Waf.Builder waf = of.waf();
    additions.accept(waf);
    return waf.build();
  }

  /** Returns the guard. Its firewall follows the file. */
  public WafGuard guard() {
    return guard;
  }

  /** Returns the errors of the current file; empty if it is active. */
  public synchronized List<PolicyProblem> problems() {
    return problems;
  }

  /** Returns the number of changes that have taken effect since the start. */
  public synchronized long reloads() {
    return reloads;
  }

  /**
   * Reads the file now. A valid change takes effect before this returns.
   *
   * @return whether the current file is active
   */
  public synchronized boolean reload() {
    List<PolicyProblem> before = problems;
    String texts = texts();
    if (texts.equals(seen) && !rejected) {
      return problems.isEmpty();
    }
    rejected = true;
    // read before the policy, so that a concurrent change is detected by the next read
    seen = texts;
    try {
      WafPolicy read = WafPolicy.read(path);
      if (!read.equals(policy)) {
        guard.replace(waf(read));
        policy = read;
        reloads++;
        log.info("firewall policy {}: reloaded", path);
      }
      problems = read.guardDifferences(opened);
      rejected = false;
    } catch (PolicyException e) {
      problems = e.problems();
    } catch (RuntimeException | StackOverflowError e) { // no file must terminate the watcher
      String message = "not applied: " + e.getMessage();
      problems = List.of(new PolicyProblem(path.toString(), 1, 1, "", message));
    }
    if (!problems.isEmpty() && !problems.equals(before)) {
      problems.forEach(
          problem -> log.warn("firewall policy file: change not applied ({})", problem));
    }
    return problems.isEmpty();
  }

  /** Returns the current texts of the files; for an unreadable one, the reason. */
  private String texts() {
    StringBuilder texts = new StringBuilder(text(path));
    policy.includes().forEach(included -> texts.append('\0').append(text(included)));
    return texts.toString();
  }

  private static String text(Path file) {
    try {
      return WafPolicy.text(file);
    } catch (PolicyException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** Stops the watcher. The guard retains the active policy. */
  @Override
  public void close() {
    watcher.shutdownNow();
  }

  /**
   * Collects the settings of a {@link WafPolicyFile}. A setting that is set a second time throws an
   * {@link IllegalStateException}. Not thread-safe.
   */
  public static final class Builder {
    private final Path path;
    private @Nullable Duration interval;
    private @Nullable Consumer<Waf.Builder> additions;

    private Builder(Path path) {
      this.path = requireNonNull(path, "path");
    }

    /**
     * Sets the interval between reads of the file. Default: 1 s.
     *
     * @throws IllegalArgumentException if it is not 10 ms to 1 day
     */
    public Builder interval(Duration interval) {
      Arguments.range("interval", interval, Duration.ofMillis(10), Duration.ofDays(1));
      this.interval = Arguments.once("interval", this.interval, interval);
      return this;
    }

    /** Sets a customizer for each firewall that is built, such as listeners. Default: none. */
    public Builder additions(Consumer<Waf.Builder> additions) {
      this.additions = Arguments.once("additions", this.additions, additions);
      return this;
    }

    /**
     * Reads the file and starts the watcher thread.
     *
     * @throws PolicyException if the file cannot be read or has errors
     */
    public WafPolicyFile open() throws PolicyException {
      WafPolicyFile file = new WafPolicyFile(this);
      long millis = requireNonNullElse(interval, Duration.ofSeconds(1)).toMillis();
      var ignored =
          file.watcher.scheduleWithFixedDelay(file::reload, millis, millis, TimeUnit.MILLISECONDS);
      return file;
    }
  }
}
