// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Iterator;

/**
 * Detects responses with an ambiguous end. If forwarded, they would enable a server to respond to
 * the next request of a client (response smuggling). See RFC 9112 §4, §6.1 and §6.3.
 */
final class ResponseFraming {
  private ResponseFraming() {}

  /** Returns whether the version is 1.0 or 1.1, and the status three digits from 100 to 999. */
  static boolean isStatusLine(String version, String status) {
    return (version.equals("HTTP/1.1") || version.equals("HTTP/1.0"))
        && status.length() == 3
        && status.charAt(0) >= '1'
        && isDigit(status.charAt(0))
        && isDigit(status.charAt(1))
        && isDigit(status.charAt(2));
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /**
   * Returns whether the end of the body is unambiguous: not both a length and a transfer coding, no
   * coding other than {@code chunked}, and none in HTTP/1.0.
   */
  static boolean isClear(HttpResponse response) {
    HttpHeaders headers = response.headers();
    Iterator<? extends CharSequence> codings =
        headers.valueCharSequenceIterator(HttpHeaderNames.TRANSFER_ENCODING);
    if (!codings.hasNext()) {
      return true; // the codec rejects repeated lengths
    }
    return HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(codings.next())
        && !codings.hasNext()
        && !headers.contains(HttpHeaderNames.CONTENT_LENGTH)
        && response.protocolVersion().equals(HttpVersion.HTTP_1_1);
  }
}
