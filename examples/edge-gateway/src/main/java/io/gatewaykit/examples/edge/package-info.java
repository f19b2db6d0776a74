/**
 * A complete edge gateway, assembled from GatewayKit's modules and nothing but their public API.
 */
@NullMarked
package io.gatewaykit.examples.edge;

import org.jspecify.annotations.NullMarked;
