@NullMarked
package io.gatewaykit.edge.upstream;

import org.jspecify.annotations.NullMarked;
