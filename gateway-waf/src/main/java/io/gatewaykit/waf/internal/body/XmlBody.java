package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.rule.Target;
import java.util.HashSet;
import java.util.Set;

/**
 * Reads the texts and attributes of XML, without recursion. Character references and the five
 * predefined entities are undone; entities that a document defines never are, and a document type
 * is a value as it stands.
 */
final class XmlBody {
  private final String s;
  private final boolean complete;
  private final BodySink sink;
  private final Faults faults;
  private final String[] open; // the names of the elements that are open
  private int depth;
  private int roots;
  private int at;

  XmlBody(String text, boolean complete, int maxDepth, BodySink sink, Faults faults) {
    this.s = text;
    this.complete = complete;
    this.sink = sink;
    this.faults = faults;
    open = new String[maxDepth];
  }

  void read() {
    boolean goesOn = true;
    while (goesOn && at < s.length() && !sink.isFull()) {
      if (s.charAt(at) != '<') {
        text();
      } else if (s.startsWith("<!--", at)) {
        goesOn = until("-->", 4, "comment");
      } else if (s.startsWith("<![CDATA[", at)) {
        goesOn = until("]]>", 9, name());
      } else if (s.startsWith("<?", at)) {
        goesOn = until("?>", 2, "instruction");
      } else if (s.startsWith("<!", at)) {
        goesOn = documentType();
      } else if (s.startsWith("</", at)) {
        goesOn = end();
      } else {
        goesOn = start();
      }
    }
    // What was not read is in the whole text, which is a value too.
    if (goesOn && at >= s.length() && complete && (depth > 0 || roots != 1)) {
      faults.note(depth > 0 ? "an element does not end" : "no element", s.length());
    }
  }

  private String name() {
    return depth == 0 ? "" : open[depth - 1];
  }

  private void value(String name, String text) {
    if (!text.isBlank()) {
      sink.value(Target.ARG, name, text);
    }
  }

  private void text() {
    int end = s.indexOf('<', at);
    end = end < 0 ? s.length() : end;
    String text = s.substring(at, end);
    if (depth == 0 && !text.isBlank()) {
      faults.note("text outside of the element", at);
    }
    value(name(), Decoding.html(text));
    at = end;
  }

  private boolean until(String mark, int skip, String name) {
    int end = s.indexOf(mark, at + skip);
    if (end < 0) {
      return unended();
    }
    value(name, s.substring(at + skip, end));
    at = end + mark.length();
    return true;
  }

  private boolean unended() {
    if (complete) {
      faults.note("what begins here does not end", at);
    }
    return false;
  }

  /**
   * Reads a document type up to the sign that ends it: outside of brackets, quotes and comments.
   */
  private boolean documentType() {
    int brackets = 0;
    int i = at + 2;
    while (i < s.length()) {
      char c = s.charAt(i);
      if (c == '"' || c == '\'') {
        int close = s.indexOf(c, i + 1);
        i = close < 0 ? s.length() : close;
      } else if (s.startsWith("<!--", i)) {
        int close = s.indexOf("-->", i + 4);
        i = close < 0 ? s.length() : close + 2;
      } else if (c == '[') {
        brackets++;
      } else if (c == ']') {
        brackets--;
      } else if (c == '>' && brackets <= 0) {
        value("doctype", s.substring(at, i + 1));
        at = i + 1;
        return true;
      }
      i++;
    }
    return unended();
  }

  private boolean end() {
    int close = s.indexOf('>', at);
    if (close < 0) {
      return unended();
    }
    String name = s.substring(at + 2, close).stripTrailing();
    if (depth == 0 || !open[depth - 1].equals(name)) {
      faults.note("an end without its beginning", at);
      return false;
    }
    depth--;
    at = close + 1;
    return true;
  }

  private boolean start() {
    int nameEnd = nameEnd(at + 1);
    if (nameEnd == at + 1) {
      if (at + 1 == s.length()) {
        return unended();
      }
      faults.note("no name of an element", at);
      return false;
    }
    String name = s.substring(at + 1, nameEnd);
    if (depth == 0 && ++roots > 1) {
      faults.note("a second element", at);
    }
    if (depth == open.length) {
      faults.note("nested too deeply", at);
      return false;
    }
    sink.value(Target.ARG_NAME, name, name);
    int tag = at;
    at = nameEnd;
    open[depth++] = name;
    if (!attributes(tag)) {
      return false;
    }
    if (s.charAt(at) == '/') {
      depth--;
      at++;
    }
    at++;
    return true;
  }

  /** Reads attributes up to the sign that ends the tag, and that it is {@code >} or {@code />}. */
  private boolean attributes(int tag) {
    Set<String> names = new HashSet<>();
    while (true) {
      int before = at;
      skipSpace();
      if (at == s.length()) {
        at = tag;
        return unended();
      }
      if (s.charAt(at) == '>' || s.startsWith("/>", at)) {
        return true;
      }
      int nameEnd = nameEnd(at);
      if (nameEnd == at || before == at) {
        return fault("something is not an attribute");
      }
      String name = s.substring(at, nameEnd);
      if (!names.add(name)) {
        faults.note("an attribute comes twice", at);
      }
      at = nameEnd;
      skipSpace();
      if (at < s.length() && s.charAt(at) != '=') {
        return fault("an attribute without a value");
      }
      at++;
      skipSpace();
      char quote = at < s.length() ? s.charAt(at) : 0;
      if (quote != '"' && quote != '\'' && quote != 0) {
        return fault("a value without quotes");
      }
      int close = quote == 0 ? -1 : s.indexOf(quote, at + 1);
      if (close < 0) {
        at = tag;
        return unended();
      }
      String value = s.substring(at + 1, close);
      if (value.indexOf('<') >= 0) {
        faults.note("a value with a tag in it", at);
      }
      value(name, Decoding.html(value));
      at = close + 1;
    }
  }

  private boolean fault(String what) {
    faults.note(what, at);
    return false;
  }

  private void skipSpace() {
    while (at < s.length() && isSpace(s.charAt(at))) {
      at++;
    }
    at = Math.min(at, s.length());
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
  }

  private int nameEnd(int from) {
    int i = from;
    while (i < s.length() && !isSpace(s.charAt(i)) && "=<>/\"'&".indexOf(s.charAt(i)) < 0) {
      i++;
    }
    return i;
  }
}
