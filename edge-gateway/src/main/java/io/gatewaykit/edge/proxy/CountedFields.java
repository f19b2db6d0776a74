// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.TooLongHttpHeaderException;

/**
 * Creates the fields of heads or trailers, and bounds their number during decoding: a field of a
 * few bytes uses more than a hundred in memory. Confined to one event loop.
 */
final class CountedFields implements HttpHeadersFactory {
  /** The number of fields of a head, and of a trailer. */
  static final int MAX = 200;

  private final DefaultHttpHeadersFactory checks;
  private boolean decoding;
  private int count;

  /**
   * Creates a factory.
   *
   * @param checks supplies the validators of names and values
   */
  CountedFields(DefaultHttpHeadersFactory checks) {
    this.checks = checks;
  }

  /** Sets whether fields that are added now come from the client. */
  void setDecoding(boolean decoding) {
    this.decoding = decoding;
  }

  /** Returns the number of fields decoded since {@link #reset}. */
  int count() {
    return count;
  }

  void reset() {
    count = 0;
  }

  @Override
  public HttpHeaders newHeaders() {
    return new Fields();
  }

  @Override
  public HttpHeaders newEmptyHeaders() {
    return new Fields();
  }

  private final class Fields extends DefaultHttpHeaders {
    Fields() {
      super(checks.getNameValidator(), checks.getValueValidator());
    }

    @Override
    public HttpHeaders add(CharSequence name, Object value) {
      if (decoding && ++count > MAX) {
        throw new TooLongHttpHeaderException("fields: more than " + MAX);
      }
      return super.add(name, value);
    }
  }
}
