// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.wafrules;

import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafGuard;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * The firewall settings of a YAML file: mode, levels, limits, virtual patches and exclusions.
 * Immutable. Policies are equal if their files are equal but for comments and layout.
 *
 * <p>A policy that has been read is valid: a firewall has been built from it once.
 */
public final class WafPolicy {
  private static final long MAX_BYTES = 4L << 20;

  private final List<Consumer<Waf.Builder>> settings;
  private final WafGuardSettings guardSettings;
  private final List<Path> includes;
  private final String canonical;

  WafPolicy(
      List<Consumer<Waf.Builder>> settings,
      WafGuardSettings guardSettings,
      List<Path> includes,
      String canonical) {
    this.settings = settings;
    this.guardSettings = guardSettings;
    this.includes = includes;
    this.canonical = canonical;
  }

  /** Returns a policy with the default settings. */
  public static WafPolicy defaults() {
    return new WafPolicy(List.of(), new WafGuardSettings(), List.of(), "");
  }

  /**
   * Reads a file and its includes.
   *
   * @throws PolicyException if a file cannot be read or has errors; lists all of them
   */
  public static WafPolicy read(Path file) throws PolicyException {
    return parse(file, text(file));
  }

  /**
   * Parses the text of a file, and reads its includes.
   *
   * @param file the name of the text in messages; included names are relative to its folder
   * @throws PolicyException if the text or an included file has errors; lists all of them
   */
  public static WafPolicy parse(Path file, String yaml) throws PolicyException {
    PolicyReader reader = new PolicyReader();
    PolicyProblems problems = reader.file(file.toString());
    Node root = PolicyReader.compose(file.toString(), yaml, problems);
    if (root == null) {
      throw new PolicyException(problems.sorted());
    }
    return read(file, "", root, reader, problems);
  }

  /**
   * Reads a policy that is part of a larger file.
   *
   * @param file the name of the larger file in messages; included names are relative to its folder
   * @param field the path of the node in the larger file, such as {@code waf}
   * @param node the node of the policy
   * @throws PolicyException if it or an included file has errors; lists all of them
   */
  public static WafPolicy of(Path file, String field, Node node) throws PolicyException {
    PolicyReader reader = new PolicyReader();
    return read(file, field, node, reader, reader.file(file.toString()));
  }

  private static WafPolicy read(
      Path file, String field, Node node, PolicyReader reader, PolicyProblems problems)
      throws PolicyException {
    List<Path> includes =
        reader.settings(field, node, problems).stream().map(file::resolveSibling).toList();
    for (Path included : includes) {
      PolicyProblems own = reader.file(included.toString());
      Node root = PolicyReader.compose(included.toString(), text(included), own);
      if (root != null) {
        reader.rulesOnly(root, own);
      }
    }
    return reader.policy(includes);
  }

  /** Reads a UTF-8 file of at most 4 MiB. */
  static String text(Path file) throws PolicyException {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw unreadable(file, "too large (expected: at most 4 MiB)");
      }
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw unreadable(file, "no such file (expected: a readable YAML file)");
    } catch (CharacterCodingException e) {
      throw unreadable(file, "not UTF-8 (expected: a YAML file in UTF-8)");
    } catch (IOException e) {
      throw unreadable(file, "cannot be read (expected: a readable YAML file)");
    }
  }

  private static PolicyException unreadable(Path file, String message) {
    return new PolicyException(List.of(new PolicyProblem(file.toString(), 1, 1, "", message)));
  }

  /** Returns the included files, which must be watched together with the file itself. */
  public List<Path> includes() {
    return includes;
  }

  /** Returns a firewall builder with the settings of this policy, to be completed. */
  public Waf.Builder waf() {
    Waf.Builder waf = Waf.builder();
    settings.forEach(setting -> setting.accept(waf));
    return waf;
  }

  /** Returns a guard builder for a firewall, with the settings of this policy. */
  public WafGuard.Builder guard(Waf waf) {
    WafGuard.Builder guard = WafGuard.builder(waf);
    guardSettings.apply(guard);
    return guard;
  }

  /** Returns a problem for each guard setting that differs from that of the active policy. */
  List<PolicyProblem> guardDifferences(WafPolicy inForce) {
    return guardSettings.differences(inForce.guardSettings);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof WafPolicy that && canonical.equals(that.canonical);
  }

  @Override
  public int hashCode() {
    return canonical.hashCode();
  }
}
