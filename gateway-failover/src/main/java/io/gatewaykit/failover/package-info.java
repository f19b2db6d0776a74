/** Which line, which endpoint, and what if it fails. */
@NullMarked
package io.gatewaykit.failover;

import org.jspecify.annotations.NullMarked;
