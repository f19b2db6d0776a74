/** The injected source of time. */
@NullMarked
package io.gatewaykit.api;

import org.jspecify.annotations.NullMarked;
