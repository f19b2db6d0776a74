/** Programs that tests start and stop. */
@NullMarked
package io.gatewaykit.examples.edge.process;

import org.jspecify.annotations.NullMarked;
