// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.gatewaykit.api.guard.ResponseHead;
import io.gatewaykit.api.request.Headers;
import io.netty.handler.codec.http.HttpResponse;

/** A view of a Netty response head. */
record NettyResponse(HttpResponse response) implements ResponseHead {
  @Override
  public int status() {
    return response.status().code();
  }

  @Override
  public Headers headers() {
    return new NettyRequest.View(response.headers());
  }

  @Override
  public void addHeader(String name, String value) {
    response.headers().add(name, value);
  }

  @Override
  public void setHeader(String name, String value) {
    response.headers().set(name, value);
  }
}
