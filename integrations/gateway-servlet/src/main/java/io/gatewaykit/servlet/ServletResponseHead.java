// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import io.gatewaykit.api.guard.ResponseHead;
import io.gatewaykit.api.request.Headers;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A view of the head of a servlet response and of its header fields. */
record ServletResponseHead(HttpServletResponse response) implements ResponseHead, Headers {
  @Override
  public int status() {
    return response.getStatus();
  }

  @Override
  public Headers headers() {
    return this;
  }

  @Override
  public void addHeader(String name, String value) {
    response.addHeader(name, value);
  }

  @Override
  public void setHeader(String name, String value) {
    response.setHeader(name, value);
  }

  @Override
  public @Nullable String first(String name) {
    return response.getHeader(name);
  }

  @Override
  public List<String> all(String name) {
    return List.copyOf(response.getHeaders(name));
  }

  @Override
  public void forEach(BiConsumer<? super String, ? super String> consumer) {
    for (String name : List.copyOf(response.getHeaderNames())) {
      response.getHeaders(name).forEach(value -> consumer.accept(name, value));
    }
  }
}
