package io.gatewaykit.netty;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Iterator;

/**
 * Finds requests of which two servers may think differently where they end, or for whom they are:
 * through them an attacker hides a second request from whoever stands before or behind. See RFC
 * 9112 §3.2 and §6.
 */
final class Framing {
  private Framing() {}

  static boolean isAmbiguous(HttpRequest request) {
    HttpHeaders headers = request.headers();
    if (isRepeated(headers, HttpHeaderNames.HOST)) {
      return true;
    }
    Iterator<? extends CharSequence> encodings =
        headers.valueCharSequenceIterator(HttpHeaderNames.TRANSFER_ENCODING);
    if (!encodings.hasNext()) {
      return isRepeated(headers, HttpHeaderNames.CONTENT_LENGTH);
    }
    return !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(encodings.next())
        || encodings.hasNext()
        || request.protocolVersion().compareTo(HttpVersion.HTTP_1_1) < 0
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
