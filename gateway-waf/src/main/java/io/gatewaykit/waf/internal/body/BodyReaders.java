// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.gatewaykit.waf.rule.Target;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Selects the readers of a body by its content. The content type is only a hint. A body that is
 * declared as a form, JSON, XML or multipart is read in that format, and text is also read in each
 * format that it resembles. Where declaration and content disagree, all interpretations that a
 * server might choose are inspected. Only bytes that are not text are exempt from the rules for
 * texts.
 *
 * <p>A body that does not conform to its declared format yields a {@link Target#MALFORMED} value,
 * the values that could be read, and its entire text as a value.
 */
final class BodyReaders implements PartFactory, AutoCloseable {
  private static final String NAME = "body";
  private static final BodyLabel NONE = BodyLabel.of(List.of());
  private static final int MAX_NESTED = 3;
  private static final int MAX_FORM_NAME = 128;

  private final BodyHead head;
  private final BodyLimits limits;
  private final BodySink sink;
  private final SharedBudget fields;
  private final List<AutoCloseable> resources = new ArrayList<>();
  private int nested; // number of open multipart bodies

  BodyReaders(BodyHead head, BodyLimits limits, BodySink sink) {
    this.head = head;
    this.limits = limits;
    this.sink = sink;
    fields = new SharedBudget(limits.formBytes(), sink);
  }

  BodyReader open() {
    if (head.contentTypes().size() > 1) {
      new Defects("content-type", sink).record("several content types", 0);
    }
    BodyLabel label = BodyLabel.of(head.contentTypes());
    BodyReader reader =
        ContentCoding.open(
            head.contentEncodings(),
            limits,
            sink,
            () -> undecided(label, NAME),
            () -> undecided(NONE, NAME));
    if (reader instanceof CodedReader coded) {
      resources.add(coded);
    }
    return reader;
  }

  @Override
  public void close() {
    for (AutoCloseable resource : resources) {
      if (resource instanceof CodedReader coded) {
        coded.close();
      } else if (resource instanceof FramedReader framed) {
        framed.close();
      }
    }
  }

  @Override
  public BodyReader part(PartHeader header) {
    fields.charge(header.lines().length());
    Disposition disposition = header.disposition();
    String name = header.name().isEmpty() ? "part" : header.name();
    boolean media = BodyLabel.claimsMedia(header.contentType(), disposition.fileNames());
    BodyReader file = new FileReader(name, media, sink);
    if (disposition.isFile()) {
      return file;
    }
    BodyReader content = field(header, name);
    BodyReader field = header.isInForm() ? fields.counted(content) : content;
    // Some parsers treat a part with only filename*, or with an empty file name, as a field.
    return disposition.fileNames().isEmpty() ? field : new Tee(List.of(file, field));
  }

  private BodyReader field(PartHeader header, String name) {
    BodyLabel label = BodyLabel.of(List.of(header.contentType()));
    if (!header.isInForm()) {
      BodyReader decoded = header.encoding().decoding(labelled(label, name));
      return header.encoding() == TransferEncoding.NONE
          ? decoded
          : new Tee(List.of(undecided(NONE, name), decoded));
    }
    // Most servers treat a part without a file name as a parameter, regardless of its type.
    BodyReader field = new FieldReader(name, sink);
    return label.isIndefinite() || label.isMultipart()
        ? field
        : new Tee(List.of(field, labelled(label, name)));
  }

  private BodyReader labelled(BodyLabel label, String name) {
    if (label.name().startsWith("application/http")) {
      return new HttpMessageReader(name, this, sink);
    }
    return undecided(label, name);
  }

  /** Returns a reader of the body of an HTTP message that is embedded in a part. */
  BodyReader message(List<String> contentTypes, String name) {
    return undecided(BodyLabel.of(contentTypes), name);
  }

  private BodyReader undecided(BodyLabel label, String name) {
    return new UndecidedReader((bytes, from, to) -> Tee.of(choose(label, name, bytes, from, to)));
  }

  private List<BodyReader> choose(BodyLabel label, String name, byte[] bytes, int from, int to) {
    if (label.isMultipart()) {
      return List.of(multipart(label, name));
    }
    if (label.isRpc() && nested == 0) { // no protocol has messages in a part
      FramedReader framed = new FramedReader(label, head.messageEncoding(), limits, sink);
      resources.add(framed);
      return List.of(framed);
    }
    MediaType.Parameter parameter = label.type().parameter("charset");
    Charset charset = Charsets.declared(parameter == null ? null : parameter.value());
    boolean structured = label.isForm() || label.isJson() || label.isXml();
    if (!structured && charset == null && isBinary(label, bytes, from, to)) {
      return binary(label, name, bytes, from, to);
    }
    int mark = 0;
    Charsets.Sign sign = Charsets.sign(bytes, from, to);
    if (sign != null && (charset == null || label.isJson() || label.isXml())) {
      charset = sign.charset().equals(UTF_8) ? null : sign.charset();
      mark = sign.mark();
    }
    if (charset == null) {
      List<BodyReader> readers = textual(label, name, bytes, from + mark, to);
      return mark == 0 ? readers : List.of(new SkippingReader(mark, Tee.of(readers)));
    }
    byte[] utf8 = new String(bytes, from + mark, to - from - mark, charset).getBytes(UTF_8);
    BodyReader transcoded = Tee.of(textual(label, name, utf8, 0, utf8.length));
    // A server that ignores the charset reads the bytes without transcoding.
    BodyReader raw = !structured && isDocument(label) ? file(name) : text(name);
    return List.of(raw, new TranscodingReader(charset, mark, transcoded));
  }

  private boolean isBinary(BodyLabel label, byte[] bytes, int from, int to) {
    if (Charsets.marked(bytes, from, to) != null) {
      return false;
    }
    Content content = Content.of(bytes, from, to);
    if (!content.isBinary() || !isReadAsText(label)) {
      return content.isBinary();
    }
    // Text can start with the letters of a signature, followed by any bytes.
    return Noise.of(bytes, from, to).isBinary()
        || (content != Content.BINARY && Content.isSigned(bytes, from, to));
  }

  /** Returns whether a server reads a body as text, regardless of its content. */
  private boolean isReadAsText(BodyLabel label) {
    return label.isText() && !head.storesFile();
  }

  private BodyReader multipart(BodyLabel label, String name) {
    if (nested >= MAX_NESTED) {
      new Defects("multipart", sink).record("nested too deeply", 0);
      return text(name);
    }
    nested++;
    BodyReader reader = MultipartReader.of(label, this, sink);
    return new BodyReader() {
      @Override
      public void feed(byte[] bytes, int from, int to) {
        reader.feed(bytes, from, to);
      }

      @Override
      public void finish(boolean complete) {
        reader.finish(complete);
        nested--;
      }
    };
  }

  private List<BodyReader> binary(BodyLabel label, String name, byte[] bytes, int from, int to) {
    Content content = Content.of(bytes, from, to);
    List<BodyReader> readers = new ArrayList<>();
    readers.add(new FileReader(name, false, sink));
    boolean known = content != Content.BINARY || head.storesFile();
    boolean isStored = label.isFile() || label.isDocument() || (label.isIndefinite() && known);
    boolean isSigned = content == Content.BINARY && Content.isSigned(bytes, from, to);
    if (isSigned && label.isUnspecific()) {
      return readers; // a program, a database or a catalog, in which many texts occur
    }
    if (isReadAsText(label) && !Noise.of(bytes, from, to).isBinary()) {
      readers.add(StringsReader.ofField(name, sink));
    } else if (isReadAsText(label) || !isStored) {
      readers.add(StringsReader.ofBody(name, sink));
    }
    if (content == Content.BINARY) {
      // JSON with raw control characters
      readers.addAll(structured(Content.ofText(bytes, from, to)));
    }
    return readers;
  }

  /** Returns readers of a body that may be JSON or XML but is not declared as such. */
  private List<BodyReader> structured(Content content) {
    return switch (content) {
      case JSON -> List.of(json(false, Defects.unreported(), Nothing.INSTANCE));
      case XML, SVG -> List.of(xml(Defects.unreported()));
      default -> List.of();
    };
  }

  /** Returns whether a text is stored rather than read as parameters. */
  private boolean isDocument(BodyLabel label) {
    boolean namedDocument = head.storesDocument() || head.storesBuildFile();
    return label.isDocument() || (label.isIndefinite() && namedDocument);
  }

  /** Returns the readers of a text that starts with these bytes. */
  private List<BodyReader> textual(BodyLabel label, String name, byte[] bytes, int from, int to) {
    Content content = Content.ofText(bytes, from, to);
    List<BodyReader> readers = new ArrayList<>();
    if (label.isJson()) {
      readers.add(json(label.isJsonStream(), new Defects("json", sink), text(name)));
    }
    if (label.isXml()) {
      readers.add(xml(new Defects("xml", sink)));
      readers.add(text(name));
    }
    if (label.isForm()) {
      boolean binary = Content.of(bytes, from, to).isBinary();
      readers.add(limited(new FormReader(binary, sink), limits.formBytes(), "form"));
      readers.addAll(structured(content));
      if (content == Content.EMPTY) {
        readers.add(
            afterBlanks((start, at, end) -> Tee.of(structured(Content.ofText(start, at, end)))));
      }
    }
    return readers.isEmpty() ? unlabelled(label, name, content, bytes, from, to) : readers;
  }

  /** Returns the readers of a text without a declared format. */
  private List<BodyReader> unlabelled(
      BodyLabel label, String name, Content content, byte[] bytes, int from, int to) {
    boolean isDocument = isDocument(label);
    BodyReader text = isDocument ? file(name) : text(name);
    switch (content) {
      case JSON -> {
        return List.of(json(false, Defects.unreported(), text));
      }
      case SVG -> {
        boolean image = isDocument || label.name().startsWith("image/");
        return image ? List.of(file(name)) : List.of(xml(new Defects("xml", sink)), text);
      }
      case XML -> {
        if (label.isIndefinite() && (head.storesMarkup() || head.storesBuildFile())) {
          return List.of(text);
        }
        boolean declared = !isDocument && startsWith(bytes, from, to, "<?xml");
        return List.of(xml(declared ? new Defects("xml", sink) : Defects.unreported()), text);
      }
      case HTML -> {
        return List.of(text);
      }
      case EMPTY -> {
        return Content.blank(bytes, from, to) > 0
            ? List.of(afterBlanks((start, at, end) -> Tee.of(textual(label, name, start, at, end))))
            : List.of(text);
      }
      default -> {
        String boundary = boundary(bytes, from, to);
        if (boundary != null) {
          String type = "multipart/form-data; boundary=\"" + boundary + '"';
          return List.of(multipart(BodyLabel.of(List.of(type)), name));
        }
        if (!looksLikeForm(bytes, from, to, isDocument)) {
          return List.of(text);
        }
        BodyReader form = limited(new FormReader(false, sink), limits.formBytes(), "form");
        return label.name().isEmpty() && !isDocument ? List.of(form) : List.of(form, text);
      }
    }
  }

  /**
   * Returns whether a text starts with a name and an equals sign and has no line break.
   *
   * @param isDocument whether the text may be source code, in which other characters precede the
   *     first assignment
   */
  private static boolean looksLikeForm(byte[] bytes, int from, int to, boolean isDocument) {
    int equals = -1;
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\n' && i + 1 < to) {
        return false;
      }
      if (isDocument && equals < 0 && "(){}\"<>;,".indexOf(bytes[i]) >= 0) {
        return false;
      }
      if (bytes[i] == '=' && equals < 0) {
        equals = i;
      }
    }
    return equals > from && equals - from < MAX_FORM_NAME;
  }

  /** Returns the boundary of a multipart body that does not declare one, or null. */
  private static @Nullable String boundary(byte[] bytes, int from, int to) {
    if (!startsWith(bytes, from, to, "--")) {
      return null;
    }
    int line = from;
    while (line < to && bytes[line] != '\r') {
      line++;
    }
    String boundary = new String(bytes, from + 2, line - from - 2, ISO_8859_1);
    return MultipartReader.isBoundary(boundary)
            && startsWith(bytes, line, to, "\r\nContent-Disposition:")
        ? boundary
        : null;
  }

  private static boolean startsWith(byte[] bytes, int from, int to, String text) {
    return to - from >= text.length()
        && new String(bytes, from, text.length(), ISO_8859_1).equalsIgnoreCase(text);
  }

  private BodyReader file(String name) {
    return new FileReader(name, false, sink);
  }

  private BodyReader text(String name) {
    return limited(new TextReader(Target.ARG, name, sink), limits.documentBytes(), "text");
  }

  /** Returns a reader that is selected by the first bytes after leading white space. */
  private BodyReader afterBlanks(UndecidedReader.Choice choice) {
    BodyReader content = new UndecidedReader(choice);
    return limited(new BlankSkippingReader(content), limits.documentBytes(), "text");
  }

  private BodyReader json(boolean many, Defects defects, BodyReader text) {
    JsonReader reader = new JsonReader(many, limits.depth(), sink, defects);
    BodyReader all = new FallbackReader(reader, defects, text);
    return many ? all : limited(all, limits.documentBytes(), "json");
  }

  private BodyReader xml(Defects defects) {
    return limited(new XmlReader(limits.depth(), sink, defects), limits.documentBytes(), "xml");
  }

  private BodyReader limited(BodyReader reader, long limit, String format) {
    return new LimitedReader(reader, limit, format, sink);
  }
}
