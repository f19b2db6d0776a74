// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.exclusion;

import io.gatewaykit.api.request.Headers;
import io.gatewaykit.api.request.RequestTarget;
import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.internal.value.Value;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A value that is the address of a page of the same site: a {@code Referer}, the page address in an
 * analytics beacon, or a return address. Browsers and scripts repeat the address of a page with its
 * style sheets, images and calls, so these requests must be admitted by any exclusion that admits
 * the page.
 *
 * <p>The parts covered by exclusions on the path of the page are removed from the address, and
 * rules inspect the remainder. A client can therefore put into an address only values that it could
 * also send to the page.
 */
public final class SiteAddress {
  private final String text;
  private final List<String> paths;

  private SiteAddress(String text) {
    this.text = text;
    paths = Exclusions.readings(text);
  }

  /** Returns the address denoted by a value, or null if it is not an address of this host. */
  public static @Nullable SiteAddress of(Value value, String host) {
    String text = value.text();
    boolean repeats =
        switch (value.target()) {
          case ARG, COOKIE -> isUri(text);
          case HEADER -> value.name().equals("referer");
          default -> false;
        };
    if (!repeats || text.isEmpty()) {
      return null;
    }
    boolean local =
        text.charAt(0) == '/'
            ? text.length() > 1 && text.charAt(1) != '/' && text.charAt(1) != '\\'
            : isHttp(text) && RequestTarget.host(text, Headers.empty()).equals(host);
    return local ? new SiteAddress(text) : null;
  }

  /** Returns whether a text has no character that is always encoded in an address. */
  private static boolean isUri(String text) {
    return text.chars().allMatch(c -> c > ' ' && c <= '~' && "<>\"".indexOf(c) < 0);
  }

  private static boolean isHttp(String text) {
    return text.regionMatches(true, 0, "http://", 0, 7)
        || text.regionMatches(true, 0, "https://", 0, 8);
  }

  /**
   * Returns the address without the parts that exclusions cover for a rule, or null if none is
   * covered.
   */
  public @Nullable String withoutExcluded(Exclusions exclusions, Rule rule) {
    int mark = text.indexOf('?');
    int hash = text.indexOf('#');
    int end = hash < 0 ? text.length() : hash;
    boolean hasQuery = mark >= 0 && mark < end;
    StringBuilder rest = new StringBuilder();
    if (!covers(exclusions, rule, Target.PATH, "path")) {
      rest.append(text, 0, hasQuery ? mark : end);
    }
    if (hasQuery && !covers(exclusions, rule, Target.QUERY, "query")) {
      char separator = '?';
      for (String pair : text.substring(mark + 1, end).split("&", -1)) {
        rest.append(separator).append(withoutExcluded(pair, exclusions, rule));
        separator = '&';
      }
    }
    rest.append(text, end, text.length());
    return rest.length() == text.length() ? null : rest.toString();
  }

  private String withoutExcluded(String pair, Exclusions exclusions, Rule rule) {
    int equals = pair.indexOf('=');
    String name = equals < 0 ? "" : Decoding.percent(pair.substring(0, equals).strip(), true);
    if (covers(exclusions, rule, Target.ARG, name)) {
      pair = pair.substring(0, equals + 1);
    }
    boolean named = equals >= 0 && covers(exclusions, rule, Target.ARG_NAME, name);
    return named ? pair.substring(equals) : pair;
  }

  private boolean covers(Exclusions exclusions, Rule rule, Target target, String name) {
    return exclusions.cover(rule, new Value(target, name, ""), paths);
  }
}
