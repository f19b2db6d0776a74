/** Benchmarks of the firewall, and of its pattern sets with other engines. */
@NullMarked
package io.gatewaykit.benchmarks.waf;

import org.jspecify.annotations.NullMarked;
