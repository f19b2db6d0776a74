// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

/** Selects the readers of the parts of a multipart body. */
interface PartFactory {
  /** Returns a reader of the content after a header. */
  BodyReader part(PartHeader header);
}
