/** The guards, built from the configuration and replaced while requests flow. */
@NullMarked
package io.gatewaykit.examples.edge.policy;

import org.jspecify.annotations.NullMarked;
