// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.internal.exchange;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/** The URI of a request at an endpoint. */
public final class TargetUri {
  private TargetUri() {}

  /**
   * Returns the URI of the request with the scheme, host and port of the endpoint, below the path
   * of the endpoint. The escapes of path and query are preserved.
   */
  public static URI of(URI endpoint, URI request) {
    var target = new StringBuilder(128);
    target.append(endpoint.getScheme()).append("://").append(authority(endpoint));
    String prefix = textOf(endpoint.getRawPath());
    String path = textOf(request.getRawPath());
    target.append(prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix);
    if (!path.startsWith("/")) {
      target.append('/');
    }
    target.append(path);
    if (request.getRawQuery() != null) {
      target.append('?').append(request.getRawQuery());
    }
    return URI.create(target.toString());
  }

  /** Returns the host and the port, without user information, as in a {@code Host} field. */
  public static String authority(URI uri) {
    String authority = textOf(uri.getRawAuthority());
    return authority.substring(authority.lastIndexOf('@') + 1);
  }

  private static String textOf(@Nullable String part) {
    return part == null ? "" : part;
  }
}
