// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a configuration file and watches it for changes. Each poll reads the complete file and
 * compares it with the previous text. This is inexpensive for such small files, and works where
 * file events and timestamps do not (network mounts, swapped symbolic links, two writes in one
 * clock tick). A change is applied when two consecutive polls have read the same text, so that a
 * file that is still being written is not applied.
 */
public final class ConfigFile implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ConfigFile.class);
  private static final long MAX_BYTES = 4L << 20;

  private final Path path;
  private final ScheduledExecutorService watcher =
      Executors.newSingleThreadScheduledExecutor(task -> {
        var thread = new Thread(task, "config-watcher");
        thread.setDaemon(true);
        return thread;
      });
  // this field and the next four are confined to the watcher thread once it runs
  private String seen = "";
  private String appliedText = ""; // without included files
  private String candidate = ""; // a changed text that one poll has read
  private List<Path> included = List.of();
  private List<String> rejected = List.of(); // the problems of the current file

  /** Creates a reader for a file; does not read it yet. */
  public ConfigFile(Path path) {
    this.path = path;
  }

  /** Receives the results of the watcher, sequentially on its thread. */
  public interface Listener {
    /**
     * Called with a valid configuration.
     *
     * @param truncated whether the file looks like the beginning of a longer one: a prefix of the
     *     previous file, or shorter and without its final line break
     * @throws ConfigException if it cannot be applied; the previous configuration remains active
     */
    void onConfig(GatewayConfig config, boolean truncated) throws ConfigException;

    /** Called with the problems of an invalid file; the previous configuration remains active. */
    void onRejected(List<String> problems);
  }

  /** Returns the name of the file, as used in messages. */
  public String name() {
    return path.toString();
  }

  /**
   * Reads the file.
   *
   * @throws ConfigException if it cannot be read or is not valid
   */
  public GatewayConfig load() throws ConfigException {
    String text = text();
    GatewayConfig config = ConfigReader.read(name(), text);
    included = config.waf().includes();
    seen = text + includedTexts();
    appliedText = text;
    return config;
  }

  /** Polls the file until closed. Must be called once, after {@link #load}. */
  public void watch(Duration interval, Listener listener) {
    long millis = interval.toMillis();
    var unused =
        watcher.scheduleWithFixedDelay(() -> poll(listener), millis, millis, TimeUnit.MILLISECONDS);
  }

  void poll(Listener listener) {
    String now = "";
    try {
      String text = text();
      now = text + includedTexts();
      if (now.equals(seen) && rejected.isEmpty()) {
        return;
      }
      if (!now.equals(seen) && !now.equals(candidate)) {
        candidate = now; // possibly incomplete: read again
        return;
      }
      GatewayConfig config = ConfigReader.read(name(), text);
      listener.onConfig(config, isTruncated(appliedText, text));
      appliedText = text;
      included = config.waf().includes();
      rejected = List.of();
    } catch (ConfigException e) {
      reject(e.problems(), listener);
    } catch (RuntimeException e) { // no file must terminate the watcher
      log.error("configuration not applied", e);
      reject(List.of(name() + ": not applied: " + e), listener);
    }
    seen = now;
  }

  private static boolean isTruncated(String before, String now) {
    boolean lostFinalLineBreak = before.endsWith("\n") && !now.endsWith("\n");
    return now.length() < before.length() && (before.startsWith(now) || lostFinalLineBreak);
  }

  /** Reports problems once, although a bad file is read at every poll as includes can change. */
  private void reject(List<String> problems, Listener listener) {
    if (!problems.equals(rejected)) {
      rejected = problems;
      listener.onRejected(problems);
    }
  }

  /** Returns the text of the included files; an unreadable one contributes a placeholder. */
  private String includedTexts() {
    var texts = new StringBuilder();
    for (Path file : included) {
      texts.append('\0');
      try {
        texts.append(Files.size(file) > MAX_BYTES ? "too large" : Files.readString(file));
      } catch (IOException e) {
        texts.append("unreadable");
      }
    }
    return texts.toString();
  }

  private String text() throws ConfigException {
    try {
      if (Files.size(path) > MAX_BYTES) {
        throw problem("too large", "at most 4 MiB");
      }
      return Files.readString(path);
    } catch (NoSuchFileException e) {
      throw problem("no such file", "a readable YAML file");
    } catch (CharacterCodingException e) {
      throw problem("not UTF-8", "a YAML file in UTF-8");
    } catch (IOException e) {
      throw problem("cannot be read", "a readable YAML file");
    }
  }

  private ConfigException problem(String found, String expected) {
    return new ConfigException(List.of(name() + ": " + found + " (expected: " + expected + ")"));
  }

  /** Stops the watcher. */
  @Override
  public void close() {
    watcher.shutdownNow();
  }
}
