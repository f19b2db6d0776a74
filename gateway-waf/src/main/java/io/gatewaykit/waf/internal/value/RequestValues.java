// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.value;

import io.gatewaykit.waf.internal.body.BodySink;
import io.gatewaykit.waf.internal.body.FormBody;
import io.gatewaykit.waf.internal.body.SplitParameters;
import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.rule.Target;
import io.gatewaykit.waf.rule.Transformation;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Splits the head of a request into the values that rules inspect. */
public final class RequestValues implements BodySink {
  private static final String BASIC = "basic ";

  private final List<Value> values = new ArrayList<>(32);
  private final Set<Target> wanted;

  /**
   * Creates an empty collection.
   *
   * @param wanted the targets that rules inspect; others are skipped
   */
  public RequestValues(Set<Target> wanted) {
    this.wanted = wanted;
  }

  /** Returns the values added so far. */
  public List<Value> values() {
    return values;
  }

  /** Adds the values of a head. */
  public void head(InspectedHead request) {
    String target = request.rawTarget();
    int hash = target.indexOf('#');
    int mark = target.indexOf('?');
    String path = mark < 0 ? target : target.substring(0, mark);
    value(Target.METHOD, "method", request.method());
    value(Target.URI, "uri", target);
    value(Target.PATH, "path", Decoding.percent(path, false));
    if (mark >= 0) {
      String query = target.substring(mark + 1);
      value(Target.QUERY, "query", query);
      int first = values.size();
      FormBody.read(query, '&', Target.ARG, Target.ARG_NAME, true, this);
      joinOpenComments(first);
    } else if (hash >= 0) {
      value(Target.ARG, "fragment", Decoding.percent(target.substring(hash + 1), false));
    }
    request
        .headers()
        .forEach((name, value) -> {
          String lower = Decoding.lowercase(name);
          if (lower.equals("cookie")) {
            FormBody.read(value, ';', Target.COOKIE, Target.COOKIE_NAME, false, this);
          } else {
            value(Target.HEADER, lower, value);
            if (lower.equals("authorization")) {
              credentials(value);
            }
          }
          value(Target.HEADER_NAME, lower, lower);
        });
    InetAddress client = request.client();
    if (client != null) {
      value(Target.CLIENT, "client", client.getHostAddress());
    }
  }

  /** Adds the texts that ASP.NET forms from duplicate parameters. */
  private void joinOpenComments(int first) {
    int last = values.size();
    SplitParameters split = new SplitParameters();
    for (int i = first; i < last; i++) {
      Value value = values.get(i);
      if (value.target() == Target.ARG) {
        String joined = split.add(value.name(), value.text());
        if (joined != null) {
          value(Target.ARG, value.name(), joined);
        }
      }
    }
  }

  /**
   * Adds the user and password of HTTP Basic authentication (RFC 7617), which applications read.
   */
  private void credentials(String field) {
    if (!field.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
      return;
    }
    String packed = field.substring(BASIC.length()).strip();
    String pair = Decoding.apply(Transformation.BASE64_DECODE, packed);
    int colon = pair.indexOf(':');
    if (colon >= 0) {
      value(Target.ARG, "authorization.user", pair.substring(0, colon));
      value(Target.ARG, "authorization.password", pair.substring(colon + 1));
    }
  }

  @Override
  public void value(Target target, String name, String text) {
    if (wanted.contains(target)) {
      values.add(new Value(target, name, text));
    }
  }
}
