// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Decoders for encodings, comments and quotes that hide text. Not part of the API. */
@NullMarked
package io.gatewaykit.waf.internal.decode;

import org.jspecify.annotations.NullMarked;
