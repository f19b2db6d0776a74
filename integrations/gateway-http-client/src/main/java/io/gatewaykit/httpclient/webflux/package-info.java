/** The adapter for the reactive client of Spring. */
@NullMarked
package io.gatewaykit.httpclient.webflux;

import org.jspecify.annotations.NullMarked;
