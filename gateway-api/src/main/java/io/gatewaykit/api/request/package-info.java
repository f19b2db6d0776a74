/** What a guard may see of a request, and who really sent it. */
@NullMarked
package io.gatewaykit.api.request;

import org.jspecify.annotations.NullMarked;
