// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.apache;

import io.gatewaykit.httpclient.internal.exchange.LeaseEnd;
import io.gatewaykit.httpclient.internal.exchange.LeaseInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.HttpEntityWrapper;

/** The body of a response, which ends the lease of its attempt. */
final class LeaseEntity extends HttpEntityWrapper {
  private final LeaseEnd end;

  LeaseEntity(HttpEntity entity, LeaseEnd end) {
    super(entity);
    this.end = end;
  }

  @Override
  public InputStream getContent() throws IOException {
    return new LeaseInputStream(super.getContent(), end);
  }

  @Override
  public void writeTo(OutputStream target) throws IOException {
    try (InputStream content = getContent()) {
      content.transferTo(target);
    }
  }

  @Override
  public void close() throws IOException {
    end.onClosed();
    super.close();
  }
}
