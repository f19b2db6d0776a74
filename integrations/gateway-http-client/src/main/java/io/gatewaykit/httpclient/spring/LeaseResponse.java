// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.spring;

import io.gatewaykit.httpclient.internal.exchange.LeaseEnd;
import io.gatewaykit.httpclient.internal.exchange.LeaseInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpResponse;

/** A response whose body ends the lease of its attempt. */
final class LeaseResponse implements ClientHttpResponse {
  private final ClientHttpResponse response;
  private final HttpStatusCode status;
  private final LeaseEnd end;
  private @Nullable InputStream body;

  LeaseResponse(ClientHttpResponse response, HttpStatusCode status, LeaseEnd end) {
    this.response = response;
    this.status = status;
    this.end = end;
  }

  @Override
  public HttpStatusCode getStatusCode() {
    return status;
  }

  @Override
  public String getStatusText() throws IOException {
    return response.getStatusText();
  }

  @Override
  public HttpHeaders getHeaders() {
    return response.getHeaders();
  }

  @Override
  public InputStream getBody() throws IOException {
    InputStream opened = body;
    if (opened == null) {
      opened = new LeaseInputStream(response.getBody(), end);
      body = opened;
    }
    return opened;
  }

  @Override
  public void close() {
    end.onClosed();
    response.close();
  }

  /** Closes the body before the response, which would otherwise read the rest of it. */
  void discard() {
    try {
      response.getBody().close();
    } catch (IOException e) {
      // the connection was closed before
    }
    response.close();
  }
}
