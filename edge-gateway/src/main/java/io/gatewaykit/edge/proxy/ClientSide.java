// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** The client of an exchange. Confined to its event loop. */
interface ClientSide {
  /** Returns the event loop. */
  EventExecutor loop();

  /** Returns the address of the peer of the connection. */
  InetAddress peer();

  /** Returns the address that the client connected to. */
  InetSocketAddress local();

  /** Sets whether further bytes of the client are read. */
  void setReading(boolean reading);

  /** Returns whether the client accepts bytes without buffering. */
  boolean isWritable();

  /** Writes a part of the response without flushing it. */
  void write(Object message);

  /** Flushes the parts written. */
  void flush();

  /** Forwards an interim response, unless an HTTP/1.0 client would take it for the final one. */
  void writeInterim(HttpResponse interim, HttpRequest request);

  /**
   * Writes the head of the response.
   *
   * @param requestEnded whether the request has been received completely
   */
  void writeHead(HttpResponse response, HttpRequest request, boolean requestEnded);

  /** Called when the response is written; the guards' handler then closes if required. */
  void responseWritten();

  /** Sends a response of the gateway itself. */
  void respond(HttpRequest request, int status, String reason, String title);

  /** Closes the connection within a response, after flushing the part written. */
  void close();

  /** Forwards the 101 response and turns both connections into a tunnel. */
  void becomeTunnelTo(UpstreamConnection server, HttpResponse consent);
}
