package io.gatewaykit.waf;

import io.gatewaykit.waf.internal.body.Body;
import io.gatewaykit.waf.internal.body.BodySink;
import io.gatewaykit.waf.internal.body.FormBody;
import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.rule.Target;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Takes a request apart into the values that rules look at. */
final class RequestValues implements BodySink {
  private final List<Value> values = new ArrayList<>();
  private final WafLimits limits;
  private final Set<Target> wanted;

  /**
   * Creates an empty collection.
   *
   * @param wanted the parts that any rule looks at; others are left out
   */
  RequestValues(WafLimits limits, Set<Target> wanted) {
    this.limits = limits;
    this.wanted = wanted;
  }

  List<Value> values() {
    return values;
  }

  void head(WafRequest request) {
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
      FormBody.read(query, '&', Target.ARG, Target.ARG_NAME, true, this);
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
          }
          value(Target.HEADER_NAME, lower, lower);
        });
    InetAddress client = request.client();
    if (client != null) {
      value(Target.CLIENT, "client", client.getHostAddress());
    }
  }

  void body(WafRequest request) {
    if (request.body().length == 0) {
      return;
    }
    String text = Decoding.latin1(request.body());
    value(Target.BODY, "body", text);
    List<String> types = request.headers().all("Content-Type");
    Body.read(text, request.bodyComplete(), types, limits.depth(), this);
  }

  @Override
  public void value(Target target, String name, String text) {
    if (wanted.contains(target)) {
      values.add(new Value(target, name, text));
    }
  }

  @Override
  public boolean isFull() {
    return values.size() >= limits.values();
  }
}
