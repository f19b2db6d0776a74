/** The firewall's cost, and its pattern sets beside other engines. */
@NullMarked
package io.gatewaykit.benchmarks.waf;

import org.jspecify.annotations.NullMarked;
