package io.gatewaykit.api.request;

import org.jspecify.annotations.Nullable;

/**
 * A view of one request's head, as an adapter received it: nothing is copied, decoded or rewritten
 * on the way. Used by one thread at a time.
 *
 * <p>The body is not here: guards that ask for it receive it as a {@link BodyView} at their body
 * stage.
 */
public interface GatewayRequest {

  /** Returns the method as sent, such as {@code GET}. */
  String method();

  /**
   * Returns the request target exactly as on the wire: not decoded, not normalised, with its query,
   * in whatever form (RFC 9112 §3.2) the client chose.
   */
  String rawTarget();

  /** Returns the protocol's name and version, such as {@code HTTP/1.1}. */
  String protocol();

  /** Returns the scheme by which the client reached us, {@code http} or {@code https}. */
  String scheme();

  /** Returns the header fields. */
  Headers headers();

  /**
   * Returns who sent the request: the transport peer and the client found behind trusted proxies.
   */
  ClientAddress client();

  /** Returns this request's own attributes, always the same object. */
  Attributes attributes();

  /**
   * Returns the authenticated user's name, or null if there is none or the adapter knows of none.
   */
  default @Nullable String principal() {
    return null;
  }

  /**
   * Returns the host the client asked for: from the target's absolute form if it has one, else from
   * the {@code Host} field; without port, in lower case; empty if the client named none.
   */
  default String host() {
    return RequestTarget.host(rawTarget(), headers());
  }

  /**
   * Returns the path that routes are matched on: percent-decoded once, dot segments removed,
   * repeated slashes merged (see {@link RequestTarget#normalizedPath}). Adapters that expect to be
   * asked often override this with a cached value.
   */
  default String path() {
    return RequestTarget.normalizedPath(rawTarget());
  }
}
