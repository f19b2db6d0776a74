// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Failover, retries, hedging and deadlines around existing HTTP clients. */
@SuppressWarnings({
  "requires-automatic",
  "requires-transitive-automatic"
}) // the clients have no module descriptors
module io.gatewaykit.httpclient {
  requires transitive io.gatewaykit.failover;
  requires static transitive io.grpc;
  requires static transitive java.net.http;
  requires static transitive okhttp3;
  requires static okio;
  requires static transitive org.apache.httpcomponents.client5.httpclient5;
  requires static transitive org.apache.httpcomponents.core5.httpcore5;
  requires static transitive org.jspecify;
  requires static org.reactivestreams;
  requires static transitive reactor.core;
  requires static spring.core;
  requires static transitive spring.web;
  requires static transitive spring.webflux;

  exports io.gatewaykit.httpclient;
  exports io.gatewaykit.httpclient.apache;
  exports io.gatewaykit.httpclient.grpc;
  exports io.gatewaykit.httpclient.jdk;
  exports io.gatewaykit.httpclient.okhttp;
  exports io.gatewaykit.httpclient.spring;
  exports io.gatewaykit.httpclient.webflux;
}
