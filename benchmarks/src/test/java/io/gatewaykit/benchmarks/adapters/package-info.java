/** What the adapters cost a server. */
@NullMarked
package io.gatewaykit.benchmarks.adapters;

import org.jspecify.annotations.NullMarked;
