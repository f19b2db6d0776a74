/** The gateway under load for a long time, while everything around it goes wrong. */
@NullMarked
package io.gatewaykit.examples.edge.soak;

import org.jspecify.annotations.NullMarked;
