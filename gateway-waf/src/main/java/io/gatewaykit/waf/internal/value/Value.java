// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.value;

import io.gatewaykit.waf.internal.body.JsonPath;
import io.gatewaykit.waf.internal.body.Section;
import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.internal.match.NameGlob;
import io.gatewaykit.waf.rule.Target;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A text to inspect: bytes as chars, decoded once if its location in the request is encoded.
 *
 * @param name the name of the parameter, cookie or header field; the member name of a JSON value
 * @param path the path in a JSON body, or null if the name is unambiguous
 * @param inBody whether it comes from the body
 * @param section the position of the text in its value, if that is long
 */
public record Value(
    Target target,
    String name,
    @Nullable JsonPath path,
    String text,
    boolean inBody,
    Section section) {
  /** Substrings of the names of passwords and other secrets. */
  private static final List<String> SECRET_NAMES =
      List.of(
          "passw",
          "passphrase",
          "pwd",
          "secret",
          "token",
          "session",
          "authorization",
          "apikey",
          "api-key",
          "api_key");

  /** Creates a value of the head. */
  public Value(Target target, String name, String text) {
    this(target, name, null, text, false, Section.WHOLE);
  }

  /** Returns the path of a JSON value, otherwise the name; bytes as chars. */
  public String fullName() {
    return path == null ? name : path.toString();
  }

  /** Returns the full name as text, decoded if it is valid UTF-8. */
  public String shownName() {
    return decoded(fullName());
  }

  /** Returns a pattern that matches the name of this value, with any array index. */
  public String pattern() {
    String literal = NameGlob.escape(shownName());
    return path == null ? literal : literal.replaceAll("\\[\\d+]", "[*]");
  }

  private static String decoded(String bytes) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)))
          .toString();
    } catch (CharacterCodingException e) {
      return bytes;
    }
  }

  /** Returns whether the name distinguishes this value from others of the same target. */
  public boolean hasName() {
    return switch (target) {
      case METHOD, URI, PATH, QUERY, BODY, CLIENT -> false;
      default -> !name.isEmpty();
    };
  }

  /** Returns whether this value is a credential, which must not be logged or cached. */
  public boolean isSecret() {
    return switch (target) {
      case COOKIE -> true; // any cookie may identify a session
      case ARG, HEADER -> {
        String lower = Decoding.lowercase(fullName());
        yield SECRET_NAMES.stream().anyMatch(lower::contains);
      }
      default -> false;
    };
  }
}
