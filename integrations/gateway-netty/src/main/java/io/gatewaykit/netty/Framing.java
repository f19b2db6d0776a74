// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.RequestTarget;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Detects requests whose end or destination two servers may interpret differently. They allow
 * request smuggling past a server before or after this one. See RFC 9112 §2.3, §3.2 and §6.
 */
final class Framing {
  private Framing() {}

  /**
   * Returns the rejection of an ambiguous request, or null if the request is unambiguous.
   *
   * @param view the same request
   */
  static @Nullable Rejection rejection(HttpRequest request, GatewayRequest view) {
    HttpVersion version = request.protocolVersion();
    if (version.majorVersion() != 1) {
      return RejectionResponses.VERSION_NOT_SUPPORTED;
    }
    boolean old = version.compareTo(HttpVersion.HTTP_1_1) < 0;
    return isHostUnclear(request.headers(), old)
            || isEndUnclear(request.headers(), old)
            || RequestTarget.defect(view) != null
        ? RejectionResponses.BAD_REQUEST
        : null;
  }

  private static boolean isHostUnclear(HttpHeaders headers, boolean old) {
    Iterator<? extends CharSequence> hosts =
        headers.valueCharSequenceIterator(HttpHeaderNames.HOST);
    if (!hosts.hasNext()) {
      return !old;
    }
    hosts.next();
    return hosts.hasNext();
  }

  private static boolean isEndUnclear(HttpHeaders headers, boolean old) {
    Iterator<? extends CharSequence> encodings =
        headers.valueCharSequenceIterator(HttpHeaderNames.TRANSFER_ENCODING);
    if (!encodings.hasNext()) {
      return isRepeated(headers, HttpHeaderNames.CONTENT_LENGTH);
    }
    return !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(encodings.next())
        || encodings.hasNext()
        || old
        || headers.contains(HttpHeaderNames.CONTENT_LENGTH);
  }

  private static boolean isRepeated(HttpHeaders headers, CharSequence name) {
    Iterator<? extends CharSequence> values = headers.valueCharSequenceIterator(name);
    if (!values.hasNext()) {
      return false;
    }
    values.next();
    return values.hasNext();
  }
}
