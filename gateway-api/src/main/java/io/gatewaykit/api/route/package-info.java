/** Which policy applies to a request, and why. */
@NullMarked
package io.gatewaykit.api.route;

import org.jspecify.annotations.NullMarked;
