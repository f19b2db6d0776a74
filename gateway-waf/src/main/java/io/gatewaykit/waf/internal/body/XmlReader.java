// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.rule.Target;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * Reads the texts and attributes of XML, without recursion. Character references and the five
 * predefined entities are decoded. Entities defined by the document are never expanded, and a
 * document type is a value in its source form.
 *
 * <p>As in applications, the text between two tags is a single value that includes CDATA sections.
 * Comments and processing instructions inside it are separate values.
 */
final class XmlReader implements StoppableReader {
  private static final int MAX_NAME = 1_024;
  private static final int FIRST_DEPTH = 8;
  // limit, because each name is compared with all others
  private static final int MAX_ATTRIBUTES = 4_096;

  private enum State {
    TEXT,
    OPEN, // after a less-than sign
    BANG, // after <!
    SECTION, // in a CDATA section
    UNTIL, // in a comment or instruction
    DOCTYPE,
    END_NAME,
    START_NAME,
    TAG, // between attributes
    ATTRIBUTE_NAME,
    EQUALS,
    QUOTE,
    VALUE,
    EMPTY // after the slash of an empty element
  }

  private final BodySink sink;
  private final Defects defects;
  private final int maxDepth;
  private String[] open = new String[FIRST_DEPTH]; // names of the open elements
  private final ValueBuffer text = new ValueBuffer(this::text);
  private final ValueBuffer markup = new ValueBuffer(this::window);
  private final StringBuilder name = new StringBuilder();
  private final Set<String> attributes = new HashSet<>();
  private final EndMark end = new EndMark();
  private final XmlDoctype doctype = new XmlDoctype();
  private State state = State.TEXT;
  private String valueName = "";
  private boolean sectioned; // whether the text contains a CDATA section
  private int quote;
  private boolean spaced; // whether white space was read before an attribute
  private int depth;
  private int roots;
  private long at;
  private long start; // of the markup
  private boolean stopped;

  XmlReader(int maxDepth, BodySink sink, Defects defects) {
    this.sink = sink;
    this.defects = defects;
    this.maxDepth = maxDepth;
  }

  @Override
  public boolean isStopped() {
    return stopped;
  }

  @Override
  public void feed(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to && !stopped) {
      int used = state == State.TEXT || state == State.VALUE ? run(bytes, i, to) : 0;
      if (used == 0) {
        step(bytes[i] & 0xFF);
        used = 1;
      }
      i += used;
      at += used;
    }
  }

  /** Reads the bytes of a text or attribute value up to its end. */
  private int run(byte[] bytes, int from, int to) {
    int last = state == State.TEXT ? '<' : quote;
    int i = from;
    while (i < to && bytes[i] != last) {
      i++;
    }
    (state == State.TEXT ? text : markup).append(bytes, from, i);
    return i - from;
  }

  @Override
  public void finish(boolean complete) {
    if (stopped) {
      return;
    }
    boolean ended = state == State.TEXT;
    endText();
    if (!ended) {
      endMarkup();
    }
    if (complete && !ended) {
      defects.record("unterminated markup", start);
    } else if (complete && (depth > 0 || roots != 1)) {
      defects.record(depth > 0 ? "an unterminated element" : "no element", at);
    }
  }

  private void step(int c) {
    switch (state) {
      case TEXT -> {
        start = at;
        state = State.OPEN;
      }
      case OPEN -> open(c);
      case BANG -> bang(c);
      case SECTION -> section(c);
      case UNTIL -> until(c);
      case DOCTYPE -> documentType(c);
      case END_NAME -> {
        if (c == '>') {
          endTag();
        } else {
          appendName(c);
        }
      }
      case START_NAME -> {
        if (isNameEnd(c)) {
          startTag();
          if (!stopped) {
            tag(c);
          }
        } else {
          appendName(c);
        }
      }
      case TAG -> tag(c);
      case ATTRIBUTE_NAME -> {
        if (isNameEnd(c)) {
          endAttributeName(c);
        } else {
          appendName(c);
        }
      }
      case EQUALS -> {
        if (c == '=') {
          state = State.QUOTE;
        } else if (!isSpace(c)) {
          stop("an attribute without a value");
        }
      }
      case QUOTE -> {
        if (c == '"' || c == '\'') {
          quote = c;
          state = State.VALUE;
        } else if (!isSpace(c)) {
          stop("a value without quotes");
        }
      }
      case VALUE -> endValue();
      case EMPTY -> {
        if (c == '>') {
          depth--;
          state = State.TEXT;
        } else {
          stop("invalid attribute");
        }
      }
    }
  }

  private void endText() {
    Section section = text.lastSection();
    String read = text.take();
    // Applications trim the line breaks around a section.
    text(sectioned ? read.stripTrailing() : read, section);
    sectioned = false;
  }

  /** Passes on the text of an element, or a window of it. */
  private void text(String read, Section section) {
    if (depth == 0 && !read.isBlank()) {
      defects.record("text outside the root element", at - read.length());
    }
    value(elementName(), Decoding.html(read), section);
  }

  private void open(int c) {
    switch (c) {
      case '!' -> {
        state = State.BANG;
        name.setLength(0);
      }
      case '?' -> startUntil("?>", "instruction");
      case '/' -> {
        endText();
        state = State.END_NAME;
        name.setLength(0);
      }
      default -> {
        endText();
        if (isNameEnd(c)) {
          stop("no element name");
          return;
        }
        state = State.START_NAME;
        name.setLength(0);
        name.append((char) c);
      }
    }
  }

  /** Distinguishes comments, CDATA sections and document types by their first bytes. */
  private void bang(int c) {
    name.append((char) c);
    String read = name.toString();
    if (read.equals("--")) {
      startUntil("-->", "comment");
    } else if (read.equals("[CDATA[")) {
      startSection();
    } else if (!"--".startsWith(read) && !"[CDATA[".startsWith(read)) {
      valueName = "doctype";
      markup.append("<!");
      doctype.start();
      state = State.DOCTYPE;
      for (int i = 0; i < read.length() && state != State.TEXT; i++) {
        documentType(read.charAt(i));
      }
    }
  }

  private void startUntil(String mark, String nameOfValue) {
    valueName = nameOfValue;
    end.start(mark);
    state = State.UNTIL;
  }

  private void startSection() {
    startUntil("]]>", elementName());
    state = State.SECTION;
    sectioned = true;
    text.clearIfBlank();
  }

  private void section(int c) {
    text.append(c);
    if (end.isCompletedBy(c)) {
      text.removeLast(end.length());
      state = State.TEXT;
    } else if (c == '&') {
      text.append("amp;"); // not a reference; the text is decoded at its end
    }
  }

  private void until(int c) {
    markup.append(c);
    if (end.isCompletedBy(c)) {
      markup.removeLast(end.length());
      endMarkup();
      state = State.TEXT;
    }
  }

  private void documentType(int c) {
    markup.append(c);
    if (doctype.isEndedBy(c)) {
      endMarkup();
      state = State.TEXT;
    }
  }

  private void endTag() {
    String read = name.toString().stripTrailing();
    if (depth == 0 || !open[depth - 1].equals(read)) {
      defects.record("an end tag without a start tag", start);
      stopped = true;
      return;
    }
    depth--;
    state = State.TEXT;
  }

  private void startTag() {
    if (depth == 0 && ++roots > 1) {
      defects.record("a second root element", start);
    }
    if (depth == maxDepth) {
      defects.record("nested too deeply", start);
      stopped = true;
      return;
    }
    if (depth == open.length) {
      open = Arrays.copyOf(open, 2 * depth);
    }
    String read = name.toString();
    sink.value(Target.ARG_NAME, read, read);
    open[depth++] = read;
    attributes.clear();
    spaced = false;
    state = State.TAG;
  }

  private void tag(int c) {
    if (isSpace(c)) {
      spaced = true;
    } else if (c == '>') {
      state = State.TEXT;
    } else if (c == '/') {
      state = State.EMPTY;
    } else if (isNameEnd(c) || !spaced) {
      stop("invalid attribute");
    } else {
      name.setLength(0);
      name.append((char) c);
      state = State.ATTRIBUTE_NAME;
    }
  }

  private void endAttributeName(int c) {
    valueName = name.toString();
    if (attributes.size() < MAX_ATTRIBUTES && !attributes.add(valueName)) {
      defects.record("a duplicate attribute", at - valueName.length());
    }
    if (c == '=') {
      state = State.QUOTE;
    } else if (isSpace(c)) {
      state = State.EQUALS;
    } else {
      stop("an attribute without a value");
    }
  }

  private void endValue() {
    Section section = markup.lastSection();
    String read = markup.take();
    if (read.indexOf('<') >= 0) {
      defects.record("an attribute value that contains a tag", at - read.length());
    }
    value(valueName, Decoding.html(read), section);
    spaced = false;
    state = State.TAG;
  }

  /** Passes on a window of a long attribute, comment, instruction or document type. */
  private void window(String read, Section section) {
    value(valueName, state == State.VALUE ? Decoding.html(read) : read, section);
  }

  private void endMarkup() {
    Section section = markup.lastSection();
    String read = markup.take();
    if (valueName.equals("instruction")
        && (!section.startsValue() || XmlDeclaration.hidesText(read))) {
      defects.record("an encoding that hides text", start);
    }
    window(read, section);
  }

  private void appendName(int c) {
    if (name.length() == MAX_NAME) {
      stop("a name of more than " + MAX_NAME + " bytes");
    } else {
      name.append((char) c);
    }
  }

  private String elementName() {
    return depth == 0 ? "" : open[depth - 1];
  }

  private void value(String nameOfValue, String read, Section section) {
    if (!read.isBlank()) {
      sink.window(Target.ARG, nameOfValue, null, read, section);
    }
  }

  private void stop(String defect) {
    defects.record(defect, at);
    stopped = true;
  }

  private static boolean isSpace(int c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
  }

  private static boolean isNameEnd(int c) {
    return isSpace(c) || "=<>/\"'&".indexOf(c) >= 0;
  }
}
