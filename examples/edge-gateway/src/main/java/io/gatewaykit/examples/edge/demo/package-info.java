/** Simulated provider lines: real servers on loopback ports that fail on command. */
@NullMarked
package io.gatewaykit.examples.edge.demo;

import org.jspecify.annotations.NullMarked;
