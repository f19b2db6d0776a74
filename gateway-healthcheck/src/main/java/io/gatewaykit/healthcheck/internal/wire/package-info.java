/** What is said to a target: protocols as bytes in and bytes out, without sockets and clock. */
@NullMarked
package io.gatewaykit.healthcheck.internal.wire;

import org.jspecify.annotations.NullMarked;
