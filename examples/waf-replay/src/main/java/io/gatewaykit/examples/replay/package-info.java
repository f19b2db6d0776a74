/** A command that evaluates a firewall policy against recorded requests and reports the results. */
@NullMarked
package io.gatewaykit.examples.replay;

import org.jspecify.annotations.NullMarked;
