/** Time, injected everywhere. */
@NullMarked
package io.gatewaykit.api;

import org.jspecify.annotations.NullMarked;
