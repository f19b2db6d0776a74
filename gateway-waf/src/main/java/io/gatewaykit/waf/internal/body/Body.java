package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.rule.Target;
import java.util.List;

/**
 * Takes a body apart by what its content type says, or by how it begins if that says nothing.
 *
 * <p>A body that is not what it says it is gives a {@link Target#MALFORMED} value, the values that
 * could be read, and its whole text as a value: whoever reads it differently must find nothing that
 * was not looked at.
 */
public final class Body {
  private Body() {}

  /**
   * Reads a body.
   *
   * @param text the body, one byte in each char
   * @param complete whether the body ends with it; if not, it is no fault that something is open
   * @param contentTypes the values of all such header fields
   * @param maxDepth how deep it may nest
   */
  public static void read(
      String text, boolean complete, List<String> contentTypes, int maxDepth, BodySink sink) {
    if (contentTypes.size() > 1) {
      new Faults("content-type", sink).note("several content types", 0);
    }
    MediaType type = MediaType.parse(contentTypes.isEmpty() ? "" : contentTypes.get(0));
    // Whoever looks for a part of the name, as some servers do, must not be told another format.
    String name = contentTypes.isEmpty() ? "" : Decoding.lowercase(contentTypes.get(0));
    if (name.contains("multipart/")) {
      MultipartBody.read(text, complete, type, sink);
      return;
    }
    MediaType.Parameter charset = type.parameter("charset");
    String declared = charset == null ? null : charset.value();
    boolean form = name.contains("form");
    boolean json = name.contains("json");
    boolean xml = name.contains("xml");
    String utf8 =
        json || xml ? Charsets.utf8Detected(text, declared) : Charsets.utf8(text, declared);
    if (Charsets.isOther(utf8, text)) {
      sink.value(Target.ARG, "body", text); // who takes no notice of the charset reads this
    }
    if (json) {
      boolean many = name.contains("ndjson") || name.contains("jsonl") || name.contains("json-seq");
      Faults faults = new Faults("json", sink);
      new JsonBody(utf8, complete, many, maxDepth, sink, faults).read();
      if (faults.any()) {
        sink.value(Target.ARG, "body", utf8);
      }
    } else if (xml || (!form && utf8.stripLeading().startsWith("<?xml"))) {
      new XmlBody(utf8, complete, maxDepth, sink, new Faults("xml", sink)).read();
      sink.value(Target.ARG, "body", utf8);
    } else if (form || (name.isEmpty() && isForm(utf8))) {
      FormBody.read(utf8, sink);
    } else if (startsJson(utf8)) {
      undeclaredJson(utf8, complete, maxDepth, sink);
    } else {
      sink.value(Target.ARG, "body", utf8);
    }
  }

  /** A text that looks like JSON, and need not be it: that is no fault. */
  private static void undeclaredJson(String text, boolean complete, int maxDepth, BodySink sink) {
    Faults untold = Faults.untold();
    new JsonBody(text, complete, false, maxDepth, sink, untold).read();
    if (untold.any()) {
      sink.value(Target.ARG, "body", text);
    }
  }

  private static boolean isForm(String text) {
    return text.indexOf('=') > 0 && !startsJson(text);
  }

  private static boolean startsJson(String text) {
    String start = text.stripLeading();
    return start.startsWith("{") || start.startsWith("[");
  }
}
