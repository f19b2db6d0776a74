// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.engine;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.internal.index.CharTraits;
import io.gatewaykit.waf.rule.Transformation;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A text after some of the transformations, with one byte in each char. */
final class TransformedText {
  final byte[] bytes;
  final int traits;
  static final TransformedText EMPTY = of("");

  private @Nullable String text;
  // cached, because several chains have the same text before this step
  private @Nullable TransformedText lower;

  private TransformedText(byte[] bytes, int traits, @Nullable String text) {
    this.bytes = bytes;
    this.traits = traits;
    this.text = text;
  }

  private static TransformedText of(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return new TransformedText(bytes, CharTraits.of(bytes), text);
  }

  /**
   * Returns the initial form of a value. If it contains chars above U+00FF, the receiver has
   * already decoded it, and it is encoded as UTF-8 again.
   */
  static TransformedText received(String text) {
    TransformedText form = of(text);
    if ((form.traits & CharTraits.QUESTION_MARK) != 0 && isBeyondBytes(text)) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      return new TransformedText(utf8, CharTraits.of(utf8), null);
    }
    return form;
  }

  private static boolean isBeyondBytes(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0xFF) {
        return true;
      }
    }
    return false;
  }

  String text() {
    String known = text;
    if (known == null) {
      known = new String(bytes, StandardCharsets.ISO_8859_1);
      text = known;
    }
    return known;
  }

  /** Returns the text after a transformation, which is this object if the text is unchanged. */
  TransformedText after(Transformation step) {
    if ((traits & CharTraits.triggersOf(step)) == 0) {
      return this;
    }
    if (step == Transformation.LOWERCASE) {
      TransformedText known = lower;
      if (known == null) {
        known = new TransformedText(Ascii.lowercase(bytes), traits & ~CharTraits.UPPER, null);
        lower = known;
      }
      return known;
    }
    String changed = Decoding.apply(step, text());
    return changed.equals(text()) ? this : of(changed);
  }
}
