// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.index;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import io.gatewaykit.api.request.Cidr;
import io.gatewaykit.waf.internal.body.Section;
import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.rule.Operator;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Evaluates operators on texts in which each char holds one byte. Thread-safe. */
public final class OperatorEvaluator {
  private final Map<String, Pattern> patterns = new ConcurrentHashMap<>();

  /** Returns the range of the text that matches, or null if none does. */
  public int @Nullable [] match(Operator operator, String text) {
    return match(operator, text, Section.WHOLE);
  }

  /**
   * Returns the range of the text that matches, or null if none does.
   *
   * @param section the position of the text in its value; a start or end that is not that of the
   *     value does not match as such. The end of a pattern is an exception, because the evaluator
   *     of patterns cannot express it
   */
  public int @Nullable [] match(Operator operator, String text, Section section) {
    if (operator instanceof Operator.Matches matches) {
      Matcher matcher =
          patterns
              .computeIfAbsent(matches.regex(), r -> Pattern.compile(r, Pattern.DOTALL))
              .matcher(text);
      boolean found = !section.startsValue() && !text.isEmpty() ? matcher.find(1) : matcher.find();
      return found ? new int[] {matcher.start(), matcher.end()} : null;
    }
    if (operator instanceof Operator.Phrases phrases) {
      String lower = Decoding.lowercase(text);
      for (String phrase : phrases.phrases()) {
        int[] at = at(lower.indexOf(Decoding.lowercase(bytes(phrase))), bytes(phrase));
        if (at != null) {
          return at;
        }
      }
      return null;
    }
    if (operator instanceof Operator.Contains o) {
      return at(text.indexOf(bytes(o.text())), bytes(o.text()));
    }
    if (operator instanceof Operator.BeginsWith o) {
      return at(
          section.startsValue() && text.startsWith(bytes(o.text())) ? 0 : -1, bytes(o.text()));
    }
    if (operator instanceof Operator.EndsWith o) {
      String end = bytes(o.text());
      return at(section.endsValue() && text.endsWith(end) ? text.length() - end.length() : -1, end);
    }
    boolean whole = section == Section.WHOLE || !(operator instanceof Operator.EqualTo);
    return whole && holds(operator, text) ? new int[] {0, text.length()} : null;
  }

  private static boolean holds(Operator operator, String text) {
    if (operator instanceof Operator.EqualTo o) {
      return text.equals(bytes(o.text()));
    }
    if (operator instanceof Operator.Within o) {
      return bytes(o.text()).contains(text);
    }
    if (operator instanceof Operator.Compare o) {
      return o.holds(number(text));
    }
    if (operator instanceof Operator.InNetworks o) {
      try {
        var address = Cidr.parse(text).network();
        return o.networks().stream().anyMatch(network -> network.contains(address));
      } catch (IllegalArgumentException e) {
        return false;
      }
    }
    if (operator instanceof Operator.BytesOutside o) {
      return text.chars().anyMatch(c -> c < o.from() || c > o.to());
    }
    if (operator instanceof Operator.InvalidPercent) {
      return text.matches("(?s).*%(?![0-9a-fA-F]{2}).*");
    }
    if (operator instanceof Operator.InvalidUtf8) {
      try {
        StandardCharsets.UTF_8
            .newDecoder()
            .decode(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
        return false;
      } catch (CharacterCodingException e) {
        return true;
      }
    }
    return true;
  }

  private static long number(String text) {
    int i = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
    long value = 0;
    while (i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
      value = Math.min(Long.MAX_VALUE / 20, value * 10 + text.charAt(i++) - '0');
    }
    return text.startsWith("-") ? -value : value;
  }

  private static int @Nullable [] at(int start, String what) {
    return start < 0 ? null : new int[] {start, start + what.length()};
  }

  private static String bytes(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }
}
