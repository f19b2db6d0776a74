package io.gatewaykit.waf;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.rule.Transformation;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A text with one byte in each char, as it is after some of the transformations. */
final class Form {
  final byte[] bytes;
  final int traits;
  private @Nullable String text;

  private Form(byte[] bytes, int traits, @Nullable String text) {
    this.bytes = bytes;
    this.traits = traits;
    this.text = text;
  }

  private static Form of(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return new Form(bytes, Traits.of(bytes), text);
  }

  /**
   * Returns the form of a text as it came. One with chars beyond a byte was decoded by whoever
   * received it, so it becomes the UTF-8 that it was.
   */
  static Form received(String text) {
    Form form = of(text);
    if ((form.traits & Traits.QUESTION_MARK) != 0 && text.chars().anyMatch(c -> c > 0xFF)) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      return new Form(utf8, Traits.of(utf8), null);
    }
    return form;
  }

  String text() {
    String known = text;
    if (known == null) {
      known = new String(bytes, StandardCharsets.ISO_8859_1);
      text = known;
    }
    return known;
  }

  /** Returns this form itself if the transformation changes nothing. */
  Form after(Transformation step) {
    if ((traits & Traits.changed(step)) == 0) {
      return this;
    }
    if (step == Transformation.LOWERCASE) {
      return new Form(Ascii.lowercase(bytes), traits & ~Traits.UPPER, null);
    }
    String changed = Decoding.apply(step, text());
    return changed.equals(text()) ? this : of(changed);
  }
}
