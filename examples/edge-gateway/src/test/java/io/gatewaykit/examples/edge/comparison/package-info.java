/** The gateway beside nginx and HAProxy while the primary line fails. */
@NullMarked
package io.gatewaykit.examples.edge.comparison;

import org.jspecify.annotations.NullMarked;
