package io.gatewaykit.waf;

import io.gatewaykit.waf.rule.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Takes a request apart into the values that rules look at. */
final class RequestValues {
  private final List<Value> values = new ArrayList<>();
  private final WafLimits limits;

  RequestValues(WafLimits limits) {
    this.limits = limits;
  }

  List<Value> head(WafRequest request) {
    String target = request.rawTarget();
    int hash = target.indexOf('#');
    int mark = target.indexOf('?');
    String path = mark < 0 ? target : target.substring(0, mark);
    add(Target.METHOD, "method", request.method());
    add(Target.URI, "uri", target);
    add(Target.PATH, "path", Decoding.percent(path, false));
    if (mark >= 0) {
      pairs(target.substring(mark + 1), '&', Target.ARG, true);
    } else if (hash >= 0) {
      add(Target.ARG, "fragment", Decoding.percent(target.substring(hash + 1), false));
    }
    request
        .headers()
        .forEach((name, value) -> {
          String lower = name.toLowerCase(Locale.ROOT);
          if (lower.equals("cookie")) {
            pairs(value, ';', Target.COOKIE, false);
          } else {
            add(Target.HEADER, lower, value);
          }
        });
    return values;
  }

  List<Value> body(WafRequest request) {
    if (request.body().length == 0) {
      return values;
    }
    String text = Decoding.latin1(request.body());
    List<String> types = request.headers().all("Content-Type");
    String type = types.isEmpty() ? "" : types.get(0).toLowerCase(Locale.ROOT);
    if (type.contains("multipart/")) {
      multipart(text, types.get(0));
    } else if (type.contains("json") || (!type.contains("form") && startsJson(text))) {
      int before = values.size();
      boolean good =
          JsonValues.read(
              text,
              limits.jsonDepth(),
              (name, value) -> {
                if (name.isEmpty()) {
                  add(Target.ARG_NAME, "json", value);
                } else {
                  add(Target.ARG, name, value);
                }
              });
      if (!good) {
        values.subList(before, values.size()).clear();
        add(Target.ARG, "body", text);
        add(Target.MALFORMED, "json", text);
      }
    } else if (type.contains("form") || (type.isEmpty() && text.indexOf('=') > 0)) {
      pairs(text, '&', Target.ARG, true);
    } else {
      add(Target.ARG, "body", text);
    }
    return values;
  }

  private static boolean startsJson(String text) {
    String t = text.stripLeading();
    return t.startsWith("{") || t.startsWith("[");
  }

  private void pairs(String text, char separator, Target target, boolean plus) {
    int start = 0;
    while (start <= text.length() && values.size() < limits.values()) {
      int end = text.indexOf(separator, start);
      end = end < 0 ? text.length() : end;
      int equals = text.indexOf('=', start);
      boolean named = equals >= 0 && equals < end;
      String name = named ? Decoding.percent(text.substring(start, equals).strip(), plus) : "";
      String value = Decoding.percent(text.substring(named ? equals + 1 : start, end), plus);
      if (!name.isEmpty() && target == Target.ARG) {
        add(Target.ARG_NAME, name, name);
      }
      if (!value.isEmpty()) {
        add(target, name, value);
      }
      start = end + 1;
    }
    if (start <= text.length()) {
      add(target, "rest", Decoding.percent(text.substring(start), plus));
    }
  }

  private void multipart(String text, String type) {
    int b = type.toLowerCase(Locale.ROOT).indexOf("boundary=");
    String boundary = b < 0 ? "" : type.substring(b + 9).strip();
    int semicolon = boundary.indexOf(';');
    boundary = (semicolon < 0 ? boundary : boundary.substring(0, semicolon)).replace("\"", "");
    if (boundary.isEmpty() || !text.contains("--" + boundary)) {
      add(Target.MALFORMED, "multipart", text);
      add(Target.ARG, "body", text);
      return;
    }
    String delimiter = "--" + boundary;
    int at = text.indexOf(delimiter);
    while (at >= 0) {
      int start = at + delimiter.length();
      int end = text.indexOf(delimiter, start);
      part(text.substring(start, end < 0 ? text.length() : end));
      at = end;
    }
  }

  private void part(String part) {
    int crlf = part.indexOf("\r\n\r\n");
    int lf = part.indexOf("\n\n");
    int split = crlf >= 0 ? crlf : lf;
    if (split < 0) {
      return;
    }
    String head = part.substring(0, split).strip();
    head.lines().forEach(this::partHeader);
    add(Target.ARG, "part", part.substring(split).strip());
  }

  private void partHeader(String line) {
    add(Target.PART_HEADER, "part", line);
    int name = line.indexOf("filename=");
    if (name >= 0) {
      add(Target.FILE_NAME, "filename", unquoted(line.substring(name + 9).strip()));
    }
  }

  /** Returns what is between the quotes, or all of what has none. */
  private static String unquoted(String text) {
    int close = text.lastIndexOf('"');
    return text.startsWith("\"") && close > 0 ? text.substring(1, close) : text;
  }

  private void add(Target target, String name, String text) {
    values.add(new Value(target, name, text));
  }
}
