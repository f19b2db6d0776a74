/** A command that replays recorded requests through the firewall and reports what it would do. */
@NullMarked
package io.gatewaykit.examples.replay;

import org.jspecify.annotations.NullMarked;
