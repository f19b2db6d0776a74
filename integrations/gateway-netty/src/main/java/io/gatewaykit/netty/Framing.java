package io.gatewaykit.netty;

import io.gatewaykit.api.guard.Rejection;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Finds requests of which two servers may think differently where they end, or for whom they are:
 * through them an attacker hides a second request from whoever stands before or behind. See RFC
 * 9112 §2.3, §3.2 and §6.
 */
final class Framing {
  private Framing() {}

  /** Returns how to refuse the request, or null if it leaves no doubt. */
  static @Nullable Rejection refusal(HttpRequest request) {
    HttpVersion version = request.protocolVersion();
    if (version.majorVersion() != 1) {
      return Refusal.VERSION_NOT_SUPPORTED;
    }
    boolean old = version.compareTo(HttpVersion.HTTP_1_1) < 0;
    return isHostUnclear(request.headers(), old) || isEndUnclear(request.headers(), old)
        ? Refusal.BAD_REQUEST
        : null;
  }

  private static boolean isHostUnclear(HttpHeaders headers, boolean old) {
    Iterator<? extends CharSequence> hosts =
        headers.valueCharSequenceIterator(HttpHeaderNames.HOST);
    if (!hosts.hasNext()) {
      return !old;
    }
    return !isHost(hosts.next()) || hosts.hasNext();
  }

  /** Whether it holds no character that ends or precedes a host in a URI (RFC 3986 §3.2). */
  private static boolean isHost(CharSequence host) {
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == '/' || c == '\\' || c == '?' || c == '#' || c == '@') {
        return false;
      }
    }
    return true;
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
