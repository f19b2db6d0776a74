/** Protocols of probes as transformations of bytes, without sockets or clocks. */
@NullMarked
package io.gatewaykit.healthcheck.internal.wire;

import org.jspecify.annotations.NullMarked;
