package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.rule.Target;
import org.jspecify.annotations.Nullable;

/**
 * Reads multipart bodies as RFC 2046 §5.1 and RFC 7578 have them. Whatever parsers are known to
 * read differently is a fault, though it is read on as most of them do.
 */
final class MultipartBody {
  private static final int MAX_BOUNDARY = 70;
  private static final String BOUNDARY_SIGNS = "'()+_,-./:=? ";

  private final String s;
  private final boolean complete;
  private final boolean form;
  private final String dashes; // what a delimiter begins with
  private final BodySink sink;
  private final Faults faults;

  /**
   * A line that parts the parts.
   *
   * @param start where what is before it ends
   * @param end where what is behind it begins
   * @param last whether it is the last one
   */
  private record Delimiter(int start, int end, boolean last) {}

  private MultipartBody(
      String text, boolean complete, boolean form, String boundary, BodySink sink, Faults faults) {
    this.s = text;
    this.complete = complete;
    this.form = form;
    this.dashes = "--" + boundary;
    this.sink = sink;
    this.faults = faults;
  }

  static void read(String text, boolean complete, MediaType type, BodySink sink) {
    Faults faults = new Faults("multipart", sink);
    MediaType.Parameter parameter = type.parameter("boundary");
    String boundary = parameter == null ? "" : parameter.value();
    if (parameter != null && !isUsual(parameter)) {
      faults.note("a boundary that parsers read differently", 0);
    }
    if (type.count("boundary") > 1) {
      faults.note("two boundaries", 0);
    }
    if (boundary.isEmpty() || boundary.length() > MAX_BOUNDARY || !isBoundary(boundary)) {
      faults.note("no boundary of 1 to 70 permitted characters", 0);
      sink.value(Target.ARG, "body", text);
      return;
    }
    boolean form = type.type().equals("multipart/form-data");
    new MultipartBody(text, complete, form, boundary, sink, faults).parts();
  }

  /** Many clients forget the quotes that signs in a boundary need; nobody misreads that. */
  private static boolean isUsual(MediaType.Parameter boundary) {
    return boundary.tight() && (boundary.quoted() || boundary.value().indexOf(' ') < 0);
  }

  private static boolean isBoundary(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
      if (!letter && BOUNDARY_SIGNS.indexOf(c) < 0) {
        return false;
      }
    }
    return !text.endsWith(" ");
  }

  private void parts() {
    Delimiter before = next(0);
    if (before == null) {
      faults.note("the boundary does not occur", 0);
      sink.value(Target.ARG, "body", s);
      return;
    }
    aside("something before the first part", 0, before.start());
    while (!before.last()) {
      Delimiter after = next(before.end());
      if (after == null && complete) {
        faults.note("no last boundary", s.length());
      }
      int end = after == null ? s.length() : after.start();
      if (sink.isFull()) {
        sink.value(Target.ARG, "rest", s.substring(before.end()));
        return;
      }
      part(before.end(), Math.max(before.end(), end));
      if (after == null) {
        return;
      }
      before = after;
    }
    aside("something behind the last part", before.end(), s.length());
  }

  /** Takes what is in no part: parsers skip it, or do not. */
  private void aside(String fault, int from, int to) {
    String text = from < to ? s.substring(from, to) : "";
    if (!text.isBlank()) {
      faults.note(fault, from);
      sink.value(Target.ARG, "body", text);
    }
  }

  private @Nullable Delimiter next(int from) {
    for (int at = s.indexOf(dashes, from); at >= 0; at = s.indexOf(dashes, at + 1)) {
      int end = at + dashes.length();
      boolean last = s.startsWith("--", end);
      end += last ? 2 : 0;
      while (end < s.length() && (s.charAt(end) == ' ' || s.charAt(end) == '\t')) {
        end++;
      }
      boolean crlf = s.startsWith("\r\n", end);
      boolean lf = s.startsWith("\n", end);
      boolean ends = crlf || lf || (end == s.length() && (last || !complete));
      boolean begins = at == 0 || s.charAt(at - 1) == '\n';
      if (!begins || !ends) {
        faults.note(begins ? "a boundary with a tail" : "a boundary inside a line", at);
        continue;
      }
      boolean loneBefore = at > 0 && (at < 2 || s.charAt(at - 2) != '\r');
      if (lf || loneBefore) {
        faults.note("a line end that is not CRLF", at);
      }
      int start = at == 0 ? 0 : loneBefore ? at - 1 : at - 2;
      return new Delimiter(Math.max(from, start), end + (crlf ? 2 : lf ? 1 : 0), last);
    }
    return null;
  }

  private void part(int from, int to) {
    String name = "";
    int dispositions = 0;
    int at = from;
    while (true) {
      int line = s.indexOf('\n', at);
      if (line < 0 || line >= to) {
        if (complete || to < s.length()) {
          faults.note("a part without an empty line", from);
        }
        sink.value(Target.ARG, name.isEmpty() ? "part" : name, s.substring(from, to));
        return;
      }
      boolean crlf = line > at && s.charAt(line - 1) == '\r';
      if (!crlf) {
        faults.note("a line end that is not CRLF", line);
      }
      String field = s.substring(at, crlf ? line - 1 : line);
      at = line + 1;
      if (field.isEmpty()) {
        break;
      }
      sink.value(Target.PART_HEADER, fieldName(field), field);
      if (isDisposition(field)) {
        dispositions++;
        name = disposition(field, at);
      }
    }
    if (form && dispositions != 1) {
      faults.note(dispositions == 0 ? "a part without a name" : "a part with two names", from);
    }
    if (at < to) {
      sink.value(Target.ARG, name.isEmpty() ? "part" : name, s.substring(at, to));
    }
  }

  /** Returns the name of a field of a part, and notes what is wrong with the field. */
  private String fieldName(String field) {
    int colon = field.indexOf(':');
    char first = field.charAt(0);
    if (first == ' ' || first == '\t') {
      faults.note("a folded header", 0);
    } else if (colon <= 0 || field.charAt(colon - 1) <= ' ') {
      faults.note("a header without a name", 0);
    }
    for (int i = 0; i < field.length(); i++) {
      if (field.charAt(i) < ' ' && field.charAt(i) != '\t') {
        faults.note("a control character in a header", 0);
        break;
      }
    }
    String name = colon < 0 ? "part" : Decoding.lowercase(field.substring(0, colon).strip());
    if (name.equals("content-type") && Decoding.lowercase(field).contains("multipart/")) {
      faults.note("a multipart body in a part", 0);
    }
    return name;
  }

  private static boolean isDisposition(String field) {
    return field.regionMatches(true, 0, "content-disposition", 0, 19);
  }

  /** Reads what a part is called. Returns its name, and tells its file's. */
  private String disposition(String field, int at) {
    int semicolon = field.indexOf(';');
    String name = "";
    int names = 0;
    int fileNames = 0;
    if (semicolon >= 0) {
      for (MediaType.Parameter p : MediaType.parameters(field.substring(semicolon + 1))) {
        if (p.name().equals("name")) {
          names++;
          name = p.value();
          if (!name.isEmpty()) {
            sink.value(Target.ARG_NAME, name, name);
          }
        } else if (p.name().startsWith("filename")) {
          fileNames += p.name().equals("filename") ? 1 : 0;
          if (form && !p.name().equals("filename")) {
            faults.note("a file name in another notation", at);
          }
          sink.value(Target.FILE_NAME, "filename", Decoding.percent(p.value(), false));
        }
        if (!p.isClean() && (p.name().equals("name") || p.name().equals("filename"))) {
          faults.note("a name that parsers read differently", at);
        }
      }
    }
    if (form && names != 1) {
      faults.note(names == 0 ? "a part without a name" : "a part with two names", at);
    }
    if (fileNames > 1) {
      faults.note("a part with two file names", at);
    }
    return name;
  }
}
