/** What operators see of the gateway, and the buttons they have. */
@NullMarked
package io.gatewaykit.examples.edge.admin;

import org.jspecify.annotations.NullMarked;
