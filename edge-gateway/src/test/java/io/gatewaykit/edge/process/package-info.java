/** Programs started and stopped by tests. */
@NullMarked
package io.gatewaykit.edge.process;

import org.jspecify.annotations.NullMarked;
