// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A view of a request's head as received by an adapter: nothing is copied, decoded or rewritten.
 * Used by one thread at a time.
 *
 * <p>The body is not included: guards that request it receive it as a {@link BodyView} in their
 * body stage.
 */
public interface GatewayRequest {

  /** Returns the method as sent, such as {@code GET}. */
  String method();

  /**
   * Returns the request target exactly as on the wire: not decoded, not normalised, with its query,
   * in the form (RFC 9112 §3.2) chosen by the client.
   */
  String rawTarget();

  /** Returns the protocol's name and version, such as {@code HTTP/1.1}. */
  String protocol();

  /** Returns the scheme of the client's connection, {@code http} or {@code https}. */
  String scheme();

  /** Returns the header fields. */
  Headers headers();

  /**
   * Returns the origin of the request: the transport peer and the client determined behind trusted
   * proxies.
   */
  ClientAddress client();

  /** Returns the attributes of this request; always the same object. */
  Attributes attributes();

  /**
   * Returns the authenticated user's name; null if unauthenticated or not provided by the adapter.
   */
  default @Nullable String principal() {
    return null;
  }

  /**
   * Returns the requested host: from the target's absolute form if it has one, otherwise from the
   * {@code Host} field. In lower case, without port and trailing dot, so that all spellings of a
   * host are equal; empty if the client specified none.
   */
  default String host() {
    return RequestTarget.host(rawTarget(), headers());
  }

  /**
   * Returns the path used first for route matching: percent-decoded once, dot segments removed,
   * repeated slashes merged (see {@link RequestTarget#normalizedPath}). Adapters override this with
   * a cached value, or with the path determined by their server.
   */
  default String path() {
    return RequestTarget.normalizedPath(rawTarget());
  }

  /**
   * Returns the other paths under which a server behind the guards may interpret the target; see
   * {@link RequestTarget#alternativePaths}. A decision based on {@link #path()} must consider these
   * as well, as {@link io.gatewaykit.api.route.RouteTable} does. Empty, without an allocation, for
   * nearly all requests. An adapter inside the server that determines the path returns that path in
   * {@link #path()} and an empty list here.
   *
   * @throws AmbiguousTargetException if there are too many
   */
  default List<String> alternativePaths() {
    return RequestTarget.alternativePaths(rawTarget());
  }
}
