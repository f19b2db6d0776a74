/** The gateway's configuration: a YAML file, checked in full before anything of it applies. */
@NullMarked
package io.gatewaykit.examples.edge.config;

import org.jspecify.annotations.NullMarked;
