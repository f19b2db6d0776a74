// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.rule.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** The {@code Content-Encoding} of a body. As with the content type, it is only a hint. */
final class ContentCoding {
  static final String NAME = "coding";

  private ContentCoding() {}

  /**
   * Returns a reader of a body with these codings, given factories for its content and for a body
   * without a declared coding. An unsupported coding, or more than one, is reported as a {@link
   * Target#MALFORMED} value named {@code coding}, and the body is read without decoding.
   */
  static BodyReader open(
      List<String> fields,
      BodyLimits limits,
      BodySink sink,
      Supplier<BodyReader> content,
      Supplier<BodyReader> plain) {
    List<String> codings = new ArrayList<>();
    for (String field : fields) {
      for (String word : field.split(",", -1)) {
        String coding = Decoding.lowercase(word.strip());
        // aws-chunked wraps the unmodified content in lines with signatures.
        if (!coding.isEmpty() && !coding.equals("identity") && !coding.equals("aws-chunked")) {
          codings.add(coding);
        }
      }
    }
    if (codings.isEmpty()) {
      return content.get();
    }
    String coding = codings.get(0);
    boolean gzip = coding.equals("gzip") || coding.equals("x-gzip");
    if (codings.size() == 1 && (gzip || coding.equals("deflate"))) {
      InflationBound bound = new InflationBound(limits.ratio());
      return new CodedReader(gzip, false, bound, sink, content, plain);
    }
    report(sink, String.join(", ", codings));
    return content.get();
  }

  static void report(BodySink sink, String codings) {
    sink.value(Target.MALFORMED, NAME, "a coding that is not decoded: " + codings);
  }
}
