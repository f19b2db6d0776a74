package io.gatewaykit.examples.edge.config;

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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A configuration file and the thread that watches it. It is read whole at each look and compared
 * with what was seen before: that costs little for so small a file, and works where file events and
 * time stamps do not (network mounts, swapped symbolic links, two writes in one clock tick).
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
  private @Nullable String seen; // the watcher's alone once it runs

  /** Names the file; nothing is read yet. */
  public ConfigFile(Path path) {
    this.path = path;
  }

  /** Takes what the watcher found. Called on the watcher's thread, one call after the other. */
  public interface Listener {
    /**
     * Called with a valid configuration.
     *
     * @throws ConfigException if it cannot be applied all the same; the last good one stays
     */
    void onConfig(GatewayConfig config) throws ConfigException;

    /** Called with what is wrong; the last good configuration stays. */
    void onRefused(List<String> problems);
  }

  /** Returns the file's name as it appears in messages. */
  public String name() {
    return path.toString();
  }

  /**
   * Reads the file.
   *
   * @throws ConfigException if it cannot be read or is not valid
   */
  public GatewayConfig load() throws ConfigException {
    seen = text();
    return ConfigReader.read(name(), seen);
  }

  /** Looks at the file now and then, until closed. Call it once, after {@link #load}. */
  public void watch(Duration interval, Listener listener) {
    long millis = interval.toMillis();
    var unused =
        watcher.scheduleWithFixedDelay(() -> look(listener), millis, millis, TimeUnit.MILLISECONDS);
  }

  private void look(Listener listener) {
    String text = null;
    try {
      text = text();
      if (text.equals(seen)) {
        return;
      }
      listener.onConfig(ConfigReader.read(name(), text));
      seen = text;
    } catch (ConfigException e) {
      // An unreadable file is news once, too.
      String state = text == null ? String.join("\n", e.problems()) : text;
      if (!state.equals(seen)) {
        seen = state;
        listener.onRefused(e.problems());
      }
    } catch (RuntimeException e) { // the watcher must outlive whatever one file brings about
      seen = text;
      log.error("configuration not applied", e);
      listener.onRefused(List.of(name() + ": not applied: " + e));
    }
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

  /** Stops watching. */
  @Override
  public void close() {
    watcher.shutdownNow();
  }
}
