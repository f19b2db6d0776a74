// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.internal.decode.Decoding;

/** The encodings of a part that change its bytes. */
enum TransferEncoding {
  /** None, or one that keeps the bytes. */
  NONE,
  /** Base64. */
  BASE64,
  /** Quoted-printable. */
  QUOTED_PRINTABLE;

  /** Returns the encoding with this name. */
  static TransferEncoding of(String name) {
    return switch (Decoding.lowercase(name)) {
      case "base64" -> BASE64;
      case "quoted-printable" -> QUOTED_PRINTABLE;
      default -> NONE;
    };
  }

  /** Returns a reader that decodes a content before it passes it on. */
  BodyReader decoding(BodyReader content) {
    return switch (this) {
      case NONE -> content;
      case BASE64 -> new Base64Reader(content);
      case QUOTED_PRINTABLE -> new QuotedPrintableReader(content);
    };
  }
}
