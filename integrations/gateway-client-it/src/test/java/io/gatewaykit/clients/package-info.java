/** Tests of failover with the clients that applications use. */
@NullMarked
package io.gatewaykit.clients;

import org.jspecify.annotations.NullMarked;
